/** Apollo Client 3. Its Accept header allows everything, and it only reads application/json. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { ApolloClient, ApolloError, ApolloLink, gql, HttpLink, InMemoryCache } from 'apollo-client-3/core/index.js';
import { setContext } from 'apollo-client-3/link/context/index.js';
import { createPersistedQueryLink } from 'apollo-client-3/link/persisted-queries/index.js';
import { relayStylePagination } from 'apollo-client-3/utilities/index.js';

import { possibleTypes, typePolicies } from '../../examples/apollo/cache.ts';
import { withPosition } from '../../examples/position/position.ts';
import { recorder } from '../exchange.ts';
import { celebrity, followersOf, openURL, register } from '../graph.ts';
import { checkPositions } from '../position/check.ts';
import { CARDS, FOLLOW, FOLLOWERS, LOGIN } from './documents.ts';

function connect(session: { token?: string } = {}) {
  const { fetch, exchanges } = recorder();
  const automatic = createPersistedQueryLink({
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    useGETForHashedQueries: true,
  });
  const authorize = setContext((_operation, { headers }) => ({
    headers: session.token ? { ...headers, authorization: `Bearer ${session.token}` } : headers,
  }));
  const client = new ApolloClient({
    link: ApolloLink.from([authorize, automatic, new HttpLink({ uri: openURL, fetch: withPosition(fetch) })]),
    cache: new InMemoryCache({ possibleTypes, typePolicies: typePolicies(relayStylePagination) }),
  });
  return { client, exchanges };
}

test('Apollo Client 3: sends a text once, then only its hash', async () => {
  const query = gql`query Fresh_${randomUUID().replaceAll('-', '')}($username: String!) { user(username: $username) { id username } }`;
  for (const expected of [
    [
      ['GET', 200],
      ['POST', 200],
    ],
    [['GET', 200]],
  ]) {
    const { client, exchanges } = connect();
    const { data } = await client.query({ query, variables: { username: celebrity } });
    assert.equal(data.user.username, celebrity);
    assert.deepEqual(
      exchanges.map(({ method, status }) => [method, status]),
      expected,
    );
    assert(exchanges.every(({ answer }) => answer.get('content-type') === 'application/json; charset=utf-8'));
  }
});

test('Apollo Client 3: relayStylePagination joins the pages of a connection', async () => {
  const truth = await followersOf(celebrity, 45);
  const { client } = connect();
  const options = { query: FOLLOWERS, variables: { username: celebrity, first: 15 } };
  const observable = client.watchQuery(options);
  const subscription = observable.subscribe(() => {});
  await client.query(options);
  for (const count of [15, 30, 45]) {
    const followers = client.readQuery(options)?.user?.followers;
    assert.deepEqual(
      followers?.edges.map(({ node }) => node?.username),
      truth.followers.slice(0, count).map(({ node }) => node.username),
    );
    await observable.fetchMore({ variables: { after: followers?.pageInfo.endCursor ?? null } });
  }
  subscription.unsubscribe();
});

test("Apollo Client 3: the code of a resolver's error reaches the caller", async () => {
  const { client } = connect();
  await assert.rejects(client.mutate({ mutation: FOLLOW, variables: { id: 'x' } }), (error) => {
    assert(error instanceof ApolloError);
    assert.equal(error.graphQLErrors[0]?.extensions?.['code'], 'UNAUTHENTICATED');
    return true;
  });
});

test('Apollo Client 3: reads its writes with the position of the answers', async () => {
  const account = await register('apollo3.position');
  const { id } = await followersOf('linus', 1);
  const session: { token?: string } = {};
  const { client, exchanges } = connect(session);
  const { data } = await client.mutate({
    mutation: LOGIN,
    variables: { username: account.username, password: account.password },
  });
  session.token = data?.login?.token ?? '';
  await client.mutate({ mutation: FOLLOW, variables: { id } });
  const shown = await client.query({ query: CARDS, variables: { ids: [id] }, fetchPolicy: 'network-only' });
  assert.equal(shown.data.nodes[0]?.viewerIsFollowing, true);
  checkPositions(exchanges);
});
