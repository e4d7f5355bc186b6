/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query CodegenFollowers($username: String!, $first: Int!, $after: String) {\n    user(username: $username) {\n      ...CodegenPerson\n      followers(first: $first, after: $after) {\n        totalCount\n        edges {\n          followedAt\n          node {\n            ...CodegenPerson\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n\n  fragment CodegenPerson on User {\n    id\n    username\n  }\n": typeof types.CodegenFollowersDocument,
    "\n  mutation CodegenLogin($input: LoginInput!) {\n    login(input: $input) {\n      token\n      user {\n        ...CodegenPerson\n      }\n    }\n  }\n": typeof types.CodegenLoginDocument,
    "\n  subscription CodegenFollowersChanged($id: ID!) {\n    followersChanged(userId: $id) {\n      user {\n        ...CodegenPerson\n        stats {\n          followersCount\n        }\n      }\n      changes {\n        kind\n        followerId\n        edge {\n          cursor\n          node {\n            ...CodegenPerson\n          }\n        }\n      }\n    }\n  }\n": typeof types.CodegenFollowersChangedDocument,
    "\n  subscription CodegenFollowersGained {\n    followersGained {\n      viewer {\n        ...CodegenPerson\n        stats {\n          followersCount\n        }\n      }\n      edges {\n        node {\n          ...CodegenPerson\n        }\n      }\n    }\n  }\n": typeof types.CodegenFollowersGainedDocument,
};
const documents: Documents = {
    "\n  query CodegenFollowers($username: String!, $first: Int!, $after: String) {\n    user(username: $username) {\n      ...CodegenPerson\n      followers(first: $first, after: $after) {\n        totalCount\n        edges {\n          followedAt\n          node {\n            ...CodegenPerson\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n\n  fragment CodegenPerson on User {\n    id\n    username\n  }\n": types.CodegenFollowersDocument,
    "\n  mutation CodegenLogin($input: LoginInput!) {\n    login(input: $input) {\n      token\n      user {\n        ...CodegenPerson\n      }\n    }\n  }\n": types.CodegenLoginDocument,
    "\n  subscription CodegenFollowersChanged($id: ID!) {\n    followersChanged(userId: $id) {\n      user {\n        ...CodegenPerson\n        stats {\n          followersCount\n        }\n      }\n      changes {\n        kind\n        followerId\n        edge {\n          cursor\n          node {\n            ...CodegenPerson\n          }\n        }\n      }\n    }\n  }\n": types.CodegenFollowersChangedDocument,
    "\n  subscription CodegenFollowersGained {\n    followersGained {\n      viewer {\n        ...CodegenPerson\n        stats {\n          followersCount\n        }\n      }\n      edges {\n        node {\n          ...CodegenPerson\n        }\n      }\n    }\n  }\n": types.CodegenFollowersGainedDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CodegenFollowers($username: String!, $first: Int!, $after: String) {\n    user(username: $username) {\n      ...CodegenPerson\n      followers(first: $first, after: $after) {\n        totalCount\n        edges {\n          followedAt\n          node {\n            ...CodegenPerson\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n\n  fragment CodegenPerson on User {\n    id\n    username\n  }\n"): (typeof documents)["\n  query CodegenFollowers($username: String!, $first: Int!, $after: String) {\n    user(username: $username) {\n      ...CodegenPerson\n      followers(first: $first, after: $after) {\n        totalCount\n        edges {\n          followedAt\n          node {\n            ...CodegenPerson\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n\n  fragment CodegenPerson on User {\n    id\n    username\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CodegenLogin($input: LoginInput!) {\n    login(input: $input) {\n      token\n      user {\n        ...CodegenPerson\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CodegenLogin($input: LoginInput!) {\n    login(input: $input) {\n      token\n      user {\n        ...CodegenPerson\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription CodegenFollowersChanged($id: ID!) {\n    followersChanged(userId: $id) {\n      user {\n        ...CodegenPerson\n        stats {\n          followersCount\n        }\n      }\n      changes {\n        kind\n        followerId\n        edge {\n          cursor\n          node {\n            ...CodegenPerson\n          }\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription CodegenFollowersChanged($id: ID!) {\n    followersChanged(userId: $id) {\n      user {\n        ...CodegenPerson\n        stats {\n          followersCount\n        }\n      }\n      changes {\n        kind\n        followerId\n        edge {\n          cursor\n          node {\n            ...CodegenPerson\n          }\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription CodegenFollowersGained {\n    followersGained {\n      viewer {\n        ...CodegenPerson\n        stats {\n          followersCount\n        }\n      }\n      edges {\n        node {\n          ...CodegenPerson\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription CodegenFollowersGained {\n    followersGained {\n      viewer {\n        ...CodegenPerson\n        stats {\n          followersCount\n        }\n      }\n      edges {\n        node {\n          ...CodegenPerson\n        }\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;