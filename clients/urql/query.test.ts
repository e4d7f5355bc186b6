import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gql, type OperationResult } from '@urql/core';

import { celebrity, openURL, register } from '../graph.ts';
import { checkPositions } from '../position/check.ts';
import { connect } from './client.ts';

const user = gql<
  { user: { id: string; username: string; stats: { followersCount: number }; viewerIsFollowing: boolean } | null },
  { username: string }
>`
  query User($username: String!) {
    user(username: $username) {
      id
      username
      viewerIsFollowing
      stats {
        followersCount
      }
    }
  }
`;

for (const [method, preferGet] of [
  ['GET', true],
  ['POST', false],
] as const) {
  test(`urql: ${method}: an Accept header with text/event-stream gets JSON`, async () => {
    const { client, sent } = connect(openURL, [], preferGet);
    const { data, error } = await client.query(user, { username: celebrity });
    assert.equal(error, undefined);
    assert.equal(data?.user?.username, celebrity);
    assert.equal(sent[0]?.method, method);
    assert.match(sent[0]?.headers.get('accept') ?? '', /application\/json, text\/event-stream, multipart\/mixed$/);
    assert.equal(sent[0]?.answer.get('content-type'), 'application/graphql-response+json; charset=utf-8');
  });

  test(`urql: ${method}: errors reach the caller with their codes`, async () => {
    const { client, sent } = connect(openURL, [], preferGet);
    const { data, error } = await client.query(
      gql`
        query Unknown {
          nobody
        }
      `,
      {},
    );
    assert.equal(data, undefined);
    assert.equal(error?.networkError, undefined);
    assert.equal(error?.graphQLErrors[0]?.extensions['code'], 'GRAPHQL_VALIDATION_FAILED');
    assert.equal(sent[0]?.status, 422);
  });
}

type Changes = Record<string, { changed: boolean; viewer: { stats: { followingsCount: number } } }>;

test('urql: sign in, follow, unfollow, and read these writes with the position of the answers', async () => {
  const account = await register('urql.signin');
  const { client, sent, session } = connect(openURL);
  const login = await client.mutation<{ login: { token: string } }>(
    gql`
      mutation Login($input: LoginInput!) {
        login(input: $input) {
          token
        }
      }
    `,
    { input: { username: account.username, password: account.password } },
  );
  assert(login.data);
  session.token = login.data.login.token;

  const before = (await client.query(user, { username: 'linus' })).data?.user;
  assert(before);
  assert.equal(before.viewerIsFollowing, false);
  for (const [field, following, change] of [
    ['followUser', true, 1],
    ['unfollowUser', false, 0],
  ] as const) {
    const mutation = gql<Changes, { id: string }>`
      mutation Change($id: ID!) { ${field}(input: { userId: $id }) { changed viewer { stats { followingsCount } } } }
    `;
    const result: OperationResult<Changes> = await client.mutation(mutation, { id: before.id });
    assert.equal(result.error, undefined);
    assert.equal(result.data?.[field]?.changed, true);
    assert.equal(result.data[field].viewer.stats.followingsCount, change);
    const after = (await client.query(user, { username: 'linus' })).data?.user;
    assert.equal(after?.viewerIsFollowing, following);
  }
  checkPositions(sent);
});
