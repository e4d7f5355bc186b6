/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** What happened to a follower. */
export type FollowerChangeKind =
  /** The follower follows the user now. */
  | 'GAINED'
  /** The follower follows the user no longer. */
  | 'LOST';

export type ProfileQueryVariables = Exact<{
  username: string;
  first: number;
}>;


export type ProfileQuery = { user: { id: string, username: string, firstname: string | null, lastname: string | null, isViewer: boolean, viewerIsFollowing: boolean, followers: { edges: Array<{ followedAt: string, node: { id: string, username: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, stats: { followersCount: number, followingsCount: number } } | null };

export type MoreFollowersQueryVariables = Exact<{
  id: string;
  first: number;
  after: string;
}>;


export type MoreFollowersQuery = { user: { id: string, username: string, followers: { edges: Array<{ followedAt: string, node: { id: string, username: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type LoginMutationVariables = Exact<{
  username: string;
  password: string;
}>;


export type LoginMutation = { login: { token: string } | null };

export type FollowMutationVariables = Exact<{
  id: string;
}>;


export type FollowMutation = { changed: { user: { id: string, username: string, firstname: string | null, lastname: string | null, isViewer: boolean, viewerIsFollowing: boolean, stats: { followersCount: number, followingsCount: number } } | null } | null };

export type UnfollowMutationVariables = Exact<{
  id: string;
}>;


export type UnfollowMutation = { changed: { user: { id: string, username: string, firstname: string | null, lastname: string | null, isViewer: boolean, viewerIsFollowing: boolean, stats: { followersCount: number, followingsCount: number } } | null } | null };

export type PersonFragment = { id: string, username: string, firstname: string | null, lastname: string | null, isViewer: boolean, viewerIsFollowing: boolean, stats: { followersCount: number, followingsCount: number } };

export type FollowersPageFragment = { edges: Array<{ followedAt: string, node: { id: string, username: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } };

export type WatchSubscriptionVariables = Exact<{
  id: string;
}>;


export type WatchSubscription = { followersChanged: { user: { stats: { followersCount: number } } | null, changes: Array<{ kind: FollowerChangeKind, edge: { node: { username: string } | null } }> } };

export const PersonFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Person"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"User"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"username"}},{"kind":"Field","name":{"kind":"Name","value":"firstname"}},{"kind":"Field","name":{"kind":"Name","value":"lastname"}},{"kind":"Field","name":{"kind":"Name","value":"isViewer"}},{"kind":"Field","name":{"kind":"Name","value":"viewerIsFollowing"}},{"kind":"Field","name":{"kind":"Name","value":"stats"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"followersCount"}},{"kind":"Field","name":{"kind":"Name","value":"followingsCount"}}]}}]}}]} as unknown as DocumentNode<PersonFragment, unknown>;
export const FollowersPageFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"FollowersPage"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FollowerConnection"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"followedAt"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"username"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]} as unknown as DocumentNode<FollowersPageFragment, unknown>;
export const ProfileDocument = {"__meta__":{"name":"Profile","operation":"query","id":"sha256:5a0591dc0ce466195fd681e09e3bfe7e72d729cade787b83930377d7793317af"}} as unknown as DocumentNode<ProfileQuery, ProfileQueryVariables>;
export const MoreFollowersDocument = {"__meta__":{"name":"MoreFollowers","operation":"query","id":"sha256:3ac7edf9072070a628c55ab409c3e947e5bdbbcda29b765ee693d537c72bc08f"}} as unknown as DocumentNode<MoreFollowersQuery, MoreFollowersQueryVariables>;
export const LoginDocument = {"__meta__":{"name":"Login","operation":"mutation","id":"sha256:df9c8576e3bcabee833af745c245ce9aced6f6cfbde912df00b783ee719472cf"}} as unknown as DocumentNode<LoginMutation, LoginMutationVariables>;
export const FollowDocument = {"__meta__":{"name":"Follow","operation":"mutation","id":"sha256:25dd3e3e7d02cc777faf6d39d2de808079d4b1e1cda5e4f308b1f0423c8d468d"}} as unknown as DocumentNode<FollowMutation, FollowMutationVariables>;
export const UnfollowDocument = {"__meta__":{"name":"Unfollow","operation":"mutation","id":"sha256:9aa4f725ffb1fd93735ffdc5de7bcbcd2b41fd5d7f9ade93fdb554a449ce9bac"}} as unknown as DocumentNode<UnfollowMutation, UnfollowMutationVariables>;
export const WatchDocument = {"__meta__":{"name":"Watch","operation":"subscription","id":"sha256:569f7e339f1385246049024c0eade4716844ad9f61822a6f5980e6c353ded3b8"}} as unknown as DocumentNode<WatchSubscription, WatchSubscriptionVariables>;