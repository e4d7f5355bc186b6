import assert from 'node:assert/strict';
import { test } from 'node:test';

import { followersOf, openURL, register } from '../graph.ts';
import { checkPositions } from '../position/check.ts';
import { connect } from './client.ts';
import { CARDS, FOLLOW, LOGIN, UNFOLLOW } from './documents.ts';

test('Apollo Client 4: reads its writes with the position of the answers', async () => {
  const account = await register('apollo.position');
  const { id } = await followersOf('linus', 1);
  const { client, exchanges, session } = connect(openURL);
  const { data } = await client.mutate({
    mutation: LOGIN,
    variables: { username: account.username, password: account.password },
  });
  session.token = data?.login?.token ?? '';
  for (const [mutation, following] of [
    [FOLLOW, true],
    [UNFOLLOW, false],
  ] as const) {
    await client.mutate<unknown, { id: string }>({ mutation, variables: { id } });
    const shown = await client.query({ query: CARDS, variables: { ids: [id] }, fetchPolicy: 'network-only' });
    assert.equal(shown.data?.nodes[0]?.viewerIsFollowing, following);
  }
  checkPositions(exchanges);
});
