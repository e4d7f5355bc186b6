import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { cacheExchange, gql, makeOperation, mapExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

import { followersDocument, loginDocument } from '../codegen/documents.ts';
import { idOf } from '../codegen/execute.ts';
import { celebrity, followersOf, openURL, register, trustedURL } from '../graph.ts';
import { connect } from './client.ts';

const variables = { username: celebrity };

/** A document that the server does not know yet. */
function fresh(fields = 'username') {
  return gql<{
    user: { username: string };
  }>`query Fresh_${randomUUID().replaceAll('-', '')}($username: String!) { user(username: $username) { id ${fields} } }`;
}

/** Keeps the id of each document from the client preset. urql sends it as documentId. */
const documentIdExchange = mapExchange({
  onOperation: (operation) =>
    makeOperation(operation.kind, {
      ...operation,
      query: { ...operation.query, definitions: [], documentId: idOf(operation.query) } as typeof operation.query,
    }),
});

const automatic = () => [cacheExchange, persistedExchange()];

test('urql: automatic: sends a text once over GET, then only its hash', async () => {
  const query = fresh();
  const first = connect(openURL, automatic());
  const { data, error } = await first.client.query(query, variables);
  assert.equal(error, undefined);
  assert.equal(data?.user.username, celebrity);
  assert.deepEqual(
    first.sent.map(({ method, status }) => [method, status]),
    [
      ['GET', 200],
      ['GET', 200],
    ],
  );
  assert.deepEqual(
    first.sent.map(({ url }) => url.searchParams.has('query')),
    [false, true],
  );

  const second = connect(openURL, automatic());
  assert.deepEqual((await second.client.query(query, variables)).data, data);
  assert.deepEqual(
    second.sent.map(({ method, url }) => [method, url.searchParams.has('query')]),
    [['GET', false]],
  );
});

test('urql: automatic: sends a text that is too long for a URL over POST', async () => {
  const query = fresh(Array.from({ length: 100 }, (_, i) => `alias_of_the_username_${i}: username`).join(' '));
  const { client, sent } = connect(openURL, automatic());
  const { error } = await client.query(query, variables);
  assert.equal(error, undefined);
  assert.deepEqual(
    sent.map(({ method, status }) => [method, status]),
    [
      ['GET', 200],
      ['POST', 200],
    ],
  );
});

test('urql: automatic: always over POST, including mutations', async () => {
  const account = await register('urql.automatic');
  const { client, sent } = connect(openURL, [
    persistedExchange({ enableForMutation: true, preferGetForPersistedQueries: false }),
  ]);
  const mutation = gql<{ login: { user: { id: string } } }>`
    mutation Fresh_${randomUUID().replaceAll('-', '')}($input: LoginInput!) { login(input: $input) { user { id } } }
  `;
  for (const requests of [2, 3]) {
    const { data, error } = await client.mutation(mutation, {
      input: { username: account.username, password: account.password },
    });
    assert.equal(error, undefined);
    assert.equal(data?.login.user.id, account.id);
    assert.equal(sent.length, requests);
  }
});

for (const [kind, url] of [
  ['any', openURL],
  ['trusted', trustedURL],
] as const) {
  test(`urql: the client preset's hashes, on the server that accepts ${kind} documents`, async () => {
    const truth = await followersOf(celebrity, 20);
    const { client, sent } = connect(url, [
      persistedExchange({
        enforcePersistedQueries: true,
        enableForMutation: true,
        generateHash: async (_text, document) => idOf(document),
      }),
    ]);
    const { data, error } = await client.query(followersDocument, { username: celebrity, first: 20 });
    assert.equal(error, undefined);
    assert.deepEqual(
      data?.user?.followers.edges.map(({ node }) => node?.username),
      truth.followers.map(({ node }) => node.username),
    );
    const refused = await client.mutation(loginDocument, { input: { username: 'nobody', password: 'of no account' } });
    assert.equal(refused.error?.graphQLErrors[0]?.extensions['code'], 'UNAUTHENTICATED');
    assert.deepEqual(
      sent.map(({ method, url: { searchParams } }) => [method, searchParams.has('query')]),
      [
        ['GET', false],
        ['POST', false],
      ],
    );
  });

  for (const [method, preferGet] of [
    ['GET', true],
    ['POST', false],
  ] as const) {
    test(`urql: documentId over ${method}, on the server that accepts ${kind} documents`, async () => {
      const { client, sent } = connect(url, [documentIdExchange], preferGet);
      const { data, error } = await client.query(followersDocument, { username: celebrity, first: 1 });
      assert.equal(error, undefined);
      assert.equal(data?.user?.username, celebrity);
      assert.deepEqual(
        sent.map((each) => each.method),
        [method],
      );
      const body =
        method === 'GET' ? Object.fromEntries(sent[0]!.url.searchParams) : (sent[0]!.body as Record<string, unknown>);
      assert.equal(body['documentId'], idOf(followersDocument));
      assert.equal(body['query'], undefined);
    });
  }
}

test('urql: the server for trusted documents rejects others', async () => {
  for (const exchanges of [[], automatic()]) {
    const { client } = connect(trustedURL, exchanges);
    const { data, error } = await client.query(fresh(), variables);
    assert.equal(data, undefined);
    assert.equal(error?.networkError, undefined);
    assert.equal(error?.graphQLErrors.length, 1);
  }
});
