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
