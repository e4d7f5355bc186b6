import { gql, type TypedDocumentNode } from '@apollo/client';

import type { FollowersChanged, FollowersGained } from '../live/client.ts';

export interface Person {
  __typename: 'User';
  id: string;
  username: string;
}

const PERSON = gql`
  fragment Person on User {
    id
    username
  }
`;

export interface FollowersData {
  user:
    | (Person & {
        followers: {
          totalCount: number;
          edges: { cursor: string; followedAt: string; node: Person | null }[];
          pageInfo: { hasNextPage: boolean; endCursor: string | null };
        };
      })
    | null;
}

/** A page of a user's followers. */
export const FOLLOWERS: TypedDocumentNode<FollowersData, { username: string; first: number; after?: string | null }> =
  gql`
    query Followers($username: String!, $first: Int!, $after: String) {
      user(username: $username) {
        ...Person
        followers(first: $first, after: $after) {
          totalCount
          edges {
            cursor
            followedAt
            node {
              ...Person
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
    ${PERSON}
  `;

export interface Card extends Person {
  viewerIsFollowing: boolean;
  stats: { __typename: 'UserFollowStats'; followersCount: number; followingsCount: number };
}

const CARD = gql`
  fragment Card on User {
    ...Person
    viewerIsFollowing
    stats {
      followersCount
      followingsCount
    }
  }
  ${PERSON}
`;

/** A user with counts, and whether the caller follows them. */
export const CARDS: TypedDocumentNode<{ nodes: (Card | null)[] }, { ids: string[] }> = gql`
  query Cards($ids: [ID!]!) {
    nodes(ids: $ids) {
      ...Card
    }
  }
  ${CARD}
`;

export const VIEWER: TypedDocumentNode<{ viewer: Person | null }, Record<string, never>> = gql`
  query Viewer {
    viewer {
      ...Person
    }
  }
  ${PERSON}
`;

export const REGISTER: TypedDocumentNode<
  { register: { token: string; user: Person } },
  { input: { username: string; phoneNumber: string; password: string } }
> = gql`
  mutation Register($input: RegisterInput!) {
    register(input: $input) {
      token
      user {
        ...Person
      }
    }
  }
  ${PERSON}
`;

export const LOGIN: TypedDocumentNode<
  { login: { token: string; user: Person } | null },
  { username: string; password: string }
> = gql`
  mutation Login($username: String!, $password: String!) {
    login(input: { username: $username, password: $password }) {
      token
      user {
        ...Person
      }
    }
  }
  ${PERSON}
`;

export interface Change {
  changed: boolean;
  user: Card;
  viewer: Card;
}

export const FOLLOW: TypedDocumentNode<{ followUser: Change & { __typename: 'FollowUserPayload' } }, { id: string }> =
  gql`
    mutation Follow($id: ID!) {
      followUser(input: { userId: $id }) {
        changed
        user {
          ...Card
        }
        viewer {
          ...Card
        }
      }
    }
    ${CARD}
  `;

export const UNFOLLOW: TypedDocumentNode<
  { unfollowUser: Change & { __typename: 'UnfollowUserPayload' } },
  { id: string }
> = gql`
  mutation Unfollow($id: ID!) {
    unfollowUser(input: { userId: $id }) {
      changed
      user {
        ...Card
      }
      viewer {
        ...Card
      }
    }
  }
  ${CARD}
`;

export const FOLLOWERS_CHANGED: TypedDocumentNode<FollowersChanged, { id: string }> = gql`
  subscription FollowersChanged($id: ID!) {
    followersChanged(userId: $id) {
      user {
        ...Person
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
            ...Person
          }
        }
      }
    }
  }
  ${PERSON}
`;

export const FOLLOWERS_GAINED: TypedDocumentNode<FollowersGained, Record<string, never>> = gql`
  subscription FollowersGained {
    followersGained {
      viewer {
        ...Person
        stats {
          followersCount
        }
      }
      edges {
        node {
          ...Person
        }
      }
    }
  }
  ${PERSON}
`;
