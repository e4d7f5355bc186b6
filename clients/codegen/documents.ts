import { graphql } from './__generated__/gql.ts';

export const followersDocument = graphql(`
  query CodegenFollowers($username: String!, $first: Int!, $after: String) {
    user(username: $username) {
      ...CodegenPerson
      followers(first: $first, after: $after) {
        totalCount
        edges {
          followedAt
          node {
            ...CodegenPerson
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }

  fragment CodegenPerson on User {
    id
    username
  }
`);

export const loginDocument = graphql(`
  mutation CodegenLogin($input: LoginInput!) {
    login(input: $input) {
      token
      user {
        ...CodegenPerson
      }
    }
  }
`);

export const followersChangedDocument = graphql(`
  subscription CodegenFollowersChanged($id: ID!) {
    followersChanged(userId: $id) {
      user {
        ...CodegenPerson
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
            ...CodegenPerson
          }
        }
      }
    }
  }
`);

export const followersGainedDocument = graphql(`
  subscription CodegenFollowersGained {
    followersGained {
      viewer {
        ...CodegenPerson
        stats {
          followersCount
        }
      }
      edges {
        node {
          ...CodegenPerson
        }
      }
    }
  }
`);
