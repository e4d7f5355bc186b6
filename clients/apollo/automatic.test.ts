import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { gql, type DocumentNode } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';

import { celebrity, openURL, register } from '../graph.ts';
import { connect } from './client.ts';

/** A link for automatic persisted queries, with GET for hashes. */
function automatic() {
  return new PersistedQueryLink({
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    useGETForHashedQueries: true,
  });
}

/** A document that the server does not know yet. */
function fresh(): DocumentNode {
  return gql`query Fresh_${randomUUID().replaceAll('-', '')}($username: String!) { user(username: $username) { id username } }`;
}

const variables = { username: celebrity };

test('Apollo Client 4: sends a text once, then only its hash', async () => {
  const query = fresh();
  const first = connect(openURL, automatic());
  const { data } = await first.client.query<{ user: { username: string } }>({ query, variables });
  assert.equal(data?.user.username, celebrity);
  assert.deepEqual(
    first.exchanges.map(({ method, status }) => [method, status]),
    [
      ['GET', 200],
      ['POST', 200],
    ],
  );
  const [miss, sent] = first.exchanges;
  assert.equal(miss?.url.searchParams.has('query'), false);
  assert.equal(miss?.answer.get('cache-control'), 'private, no-cache, must-revalidate');
  assert.match((sent?.body as { query: string }).query, /^query Fresh_/);

  const second = connect(openURL, automatic());
  const again = await second.client.query({ query, variables });
  assert.deepEqual(again.data, data);
  assert.deepEqual(
    second.exchanges.map(({ method, status }) => [method, status]),
    [['GET', 200]],
  );
});

test('Apollo Client 4: mutations are persisted over POST', async () => {
  const account = await register('apollo.automatic');
  const { client, exchanges } = connect(openURL, automatic());
  const mutation = gql`
    mutation Fresh_${randomUUID().replaceAll('-', '')}($username: String!, $password: String!) {
      login(input: { username: $username, password: $password }) { user { id } }
    }
  `;
  for (const attempts of [2, 3]) {
    const { data } = await client.mutate<{ login: { user: { id: string } } }>({
      mutation,
      variables: { username: account.username, password: account.password },
    });
    assert.equal(data?.login.user.id, account.id);
    assert.equal(exchanges.length, attempts);
  }
  assert(exchanges.every(({ method }) => method === 'POST'));
});

test('Apollo Client 4: an error of a persisted query is not a cache miss', async () => {
  const { client, exchanges } = connect(openURL, automatic());
  const query = gql`query Invalid_${randomUUID().replaceAll('-', '')} { nobody }`;
  await assert.rejects(client.query({ query }), /nobody/);
  await assert.rejects(client.query({ query }), /nobody/, 'an invalid text is not stored');
  assert.deepEqual(
    exchanges.map(({ method, status }) => [method, status]),
    [
      ['GET', 200],
      ['POST', 422],
      ['GET', 200],
      ['POST', 422],
    ],
  );
});
