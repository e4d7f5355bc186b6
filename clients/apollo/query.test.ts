import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CombinedGraphQLErrors, gql } from '@apollo/client';
import { filter, firstValueFrom } from 'rxjs';

import { celebrity, followersOf, openURL } from '../graph.ts';
import { connect } from './client.ts';
import { CARDS, FOLLOW, FOLLOWERS, LOGIN, VIEWER, type FollowersData } from './documents.ts';

test('Apollo Client 4: a query over POST', async () => {
  const { client, exchanges } = connect(openURL);
  const { data } = await client.query({ query: VIEWER });
  assert.deepEqual(data, { viewer: null });
  assert.equal(exchanges.length, 1);
  assert.equal(exchanges[0]?.method, 'POST');
  assert.equal(exchanges[0]?.status, 200);
  assert.equal(exchanges[0]?.answer.get('content-type'), 'application/graphql-response+json; charset=utf-8');
});

test('Apollo Client 4: the cache has one object for results of different queries', async () => {
  const { client, exchanges } = connect(openURL);
  const { data } = await client.query({ query: FOLLOWERS, variables: { username: celebrity, first: 5 } });
  const follower = data?.user?.followers.edges[0]?.node;
  assert(data?.user && follower);
  await client.query({ query: CARDS, variables: { ids: [data.user.id, follower.id] } });

  const users = Object.values(client.cache.extract() as Record<string, { __typename?: string; id?: string }>).filter(
    (entry) => entry.__typename === 'User',
  );
  assert.equal(users.length, 6, 'the account and five followers');
  assert.equal(new Set(users.map((user) => user.id)).size, 6);

  const sent = exchanges.length;
  const again = await client.query({ query: CARDS, variables: { ids: [data.user.id, follower.id] } });
  assert.equal(exchanges.length, sent, 'the second time the answer comes from the cache');
  assert.equal(again.data?.nodes[0]?.stats.followersCount, data.user.followers.totalCount);
});

test('Apollo Client 4: relayStylePagination joins the pages of a connection', async () => {
  const truth = await followersOf(celebrity);
  assert(truth.total > 40, 'the sample has several pages');
  const { client, exchanges } = connect(openURL);
  const observable = client.watchQuery({ query: FOLLOWERS, variables: { username: celebrity, first: 15 } });
  const subscription = observable.subscribe(() => {});
  /** Waits until the connection has a number of edges. */
  const shown = async (edges: number) => {
    const result = await firstValueFrom(
      observable.pipe(filter(({ data }) => data?.user?.followers?.edges?.length === edges)),
    );
    return (result.data as FollowersData).user!.followers;
  };
  for (let count = Math.min(15, truth.total); ; count = Math.min(count + 15, truth.total)) {
    const { edges, pageInfo } = await shown(count);
    assert.deepEqual(
      edges.slice(0, 100).map(({ node }) => node?.username),
      truth.followers.slice(0, count).map(({ node }) => node.username),
    );
    assert.equal(pageInfo.hasNextPage, count < truth.total);
    if (!pageInfo.hasNextPage) {
      break;
    }
    await observable.fetchMore({ variables: { after: pageInfo.endCursor } });
  }
  subscription.unsubscribe();
  assert(exchanges[0]?.answer.get('content-encoding'), 'a page is long enough to be compressed');
});

const refusals = [
  {
    name: 'a document that is not valid',
    status: 422,
    code: 'GRAPHQL_VALIDATION_FAILED',
    run: (client: ReturnType<typeof connect>['client']) =>
      client.query({
        query: gql`
          query Unknown {
            nobody
          }
        `,
      }),
  },
  {
    name: 'an argument out of bounds',
    status: 294,
    code: 'BAD_USER_INPUT',
    run: (client: ReturnType<typeof connect>['client']) =>
      client.query({ query: FOLLOWERS, variables: { username: celebrity, first: 101 } }),
  },
  {
    name: 'a mutation that needs a token',
    status: 294,
    code: 'UNAUTHENTICATED',
    run: (client: ReturnType<typeof connect>['client']) => client.mutate({ mutation: FOLLOW, variables: { id: 'x' } }),
  },
  {
    name: 'a wrong password',
    status: 294,
    code: 'UNAUTHENTICATED',
    run: (client: ReturnType<typeof connect>['client']) =>
      client.mutate({ mutation: LOGIN, variables: { username: celebrity, password: 'wrong' } }),
  },
];
for (const refusal of refusals) {
  test(`Apollo Client 4: the code of an error reaches the caller: ${refusal.name}`, async () => {
    const { client, exchanges } = connect(openURL);
    await assert.rejects(refusal.run(client), (error) => {
      assert(CombinedGraphQLErrors.is(error), String(error));
      assert.equal(error.errors[0]?.extensions?.['code'], refusal.code);
      return true;
    });
    assert.equal(exchanges[0]?.status, refusal.status);
  });
}

test('Apollo Client 4: errorPolicy all returns data and errors of one response', async () => {
  const { client } = connect(openURL);
  const { data, error } = await client.query<{ good: { username: string } | null; bad: unknown }>({
    query: gql`
      query Partial($username: String!) {
        good: user(username: $username) {
          id
          username
        }
        bad: user {
          id
        }
      }
    `,
    variables: { username: celebrity },
    errorPolicy: 'all',
  });
  assert.equal(data?.good?.username, celebrity);
  assert.equal(data?.bad, null);
  assert(CombinedGraphQLErrors.is(error));
  assert.deepEqual(error.errors[0]?.path, ['bad']);
});

test('Apollo Client 4: an invalid token is rejected with a GraphQL error', async () => {
  const { client, exchanges, session } = connect(openURL);
  session.token = 'not.a.token';
  await assert.rejects(client.query({ query: VIEWER }), (error) => {
    assert(CombinedGraphQLErrors.is(error), String(error));
    assert.equal(error.errors[0]?.extensions?.['code'], 'UNAUTHENTICATED');
    return true;
  });
  assert.equal(exchanges[0]?.status, 401);
});
