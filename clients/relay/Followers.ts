/**
 * The documents. The compiler reads this file and writes the artifacts to __generated__. The tests import them; a
 * bundler would replace each tag with its artifact.
 */
import { graphql } from 'relay-runtime';

graphql`
  query FollowersQuery($username: String!, $count: Int!) {
    user(username: $username) {
      id
      ...Followers_user @arguments(count: $count)
    }
  }
`;

graphql`
  fragment Followers_user on User
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "FollowersPageQuery") {
    username
    followers(first: $count, after: $cursor) @connection(key: "Followers_followers") {
      totalCount
      edges {
        followedAt
        node {
          id
          username
        }
      }
    }
  }
`;

graphql`
  query FollowersCardQuery($id: ID!) {
    user(id: $id) {
      ...Followers_card
    }
  }
`;

graphql`
  fragment Followers_card on User {
    id
    viewerIsFollowing
    stats {
      followersCount
    }
  }
`;

graphql`
  mutation FollowersLoginMutation($input: LoginInput!) {
    login(input: $input) {
      token
      user {
        id
      }
    }
  }
`;

graphql`
  mutation FollowersFollowMutation($input: FollowUserInput!) @raw_response_type {
    followUser(input: $input) {
      changed
      user {
        ...Followers_card
      }
    }
  }
`;

graphql`
  mutation FollowersUnfollowMutation($input: UnfollowUserInput!) {
    unfollowUser(input: $input) {
      changed
      user {
        ...Followers_card
      }
    }
  }
`;

graphql`
  subscription FollowersChangedSubscription($id: ID!) {
    followersChanged(userId: $id) {
      user {
        id
        stats {
          followersCount
        }
      }
      changes {
        kind
        followerId
        edge {
          cursor
          node {
            id
            username
          }
        }
      }
    }
  }
`;

graphql`
  subscription FollowersGainedSubscription {
    followersGained {
      viewer {
        id
        stats {
          followersCount
        }
      }
      edges {
        node {
          id
          username
        }
      }
    }
  }
`;
