/** Tests the policies of examples/apollo/cache.ts: the behaviour with and without them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

import { possibleTypes, typePolicies } from '../../examples/apollo/cache.ts';
import { recorder } from '../exchange.ts';
import { celebrity, openURL } from '../graph.ts';
import { connect } from './client.ts';

interface Counts {
  user: { id: string; stats: { followersCount?: number; followingsCount?: number } } | null;
}

const FOLLOWERS_COUNT: TypedDocumentNode<Counts, { username: string }> = gql`
  query FollowersCount($username: String!) {
    user(username: $username) {
      id
      stats {
        followersCount
      }
    }
  }
`;

const FOLLOWINGS_COUNT: TypedDocumentNode<Counts, { username: string }> = gql`
  query FollowingsCount($username: String!) {
    user(username: $username) {
      id
      stats {
        followingsCount
      }
    }
  }
`;

/** Queries one count, then the other. Returns the number of requests that the first one needs again. */
async function turns(client: ApolloClient, sent: () => number): Promise<number> {
  const variables = { username: celebrity };
  const { data } = await client.query({ query: FOLLOWERS_COUNT, variables });
  await client.query({ query: FOLLOWINGS_COUNT, variables });
  assert.equal(sent(), 2);
  const again = await client.query({ query: FOLLOWERS_COUNT, variables });
  assert.equal(again.data?.user?.stats.followersCount, data?.user?.stats.followersCount);
  return sent() - 2;
}

test('Apollo Client 4: counts from different queries are merged', async () => {
  const { client, exchanges } = connect(openURL);
  assert.equal(await turns(client, () => exchanges.length), 0);
});

test('Apollo Client 4: without the policies, one count replaces the other', async () => {
  const { fetch, exchanges } = recorder();
  const client = new ApolloClient({ link: new HttpLink({ uri: openURL, fetch }), cache: new InMemoryCache() });
  assert.equal(await turns(client, () => exchanges.length), 1);
});

test('Apollo Client 4: lists with different arguments are different lists', async () => {
  const { client } = connect(openURL);
  const query: TypedDocumentNode<{ searchUsers: { edges: { node: { username: string } | null }[] } }, { text: string }> = gql`
    query Search($text: String!) {
      searchUsers(query: $text, first: 5) {
        edges {
          cursor
          node {
            id
            username
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  `;
  const names = async (text: string) => {
    const { data } = await client.query({ query, variables: { text } });
    return data!.searchUsers.edges.map(({ node }) => node?.username);
  };
  const a = await names('a');
  const b = await names('b');
  assert(a.length > 0 && b.length > 0);
  assert.notDeepEqual(a, b);
  assert.deepEqual(await names('a'), a);
});

test('Apollo Client 4: a fragment on Node matches a User in the cache', async () => {
  const cache = new InMemoryCache({ possibleTypes, typePolicies: typePolicies(relayStylePagination) });
  const id = cache.identify({ __typename: 'User', id: 'x' });
  assert(id);
  cache.writeFragment({
    id,
    fragment: gql`
      fragment Written on Node {
        id
      }
    `,
    data: { __typename: 'User', id: 'x' },
  });
  assert.deepEqual(
    cache.readFragment({
      id,
      fragment: gql`
        fragment Read on User {
          id
          ... on Node {
            id
          }
        }
      `,
    }),
    { __typename: 'User', id: 'x' },
  );
});
