import assert from 'node:assert/strict';
import { test } from 'node:test';

import { followersOf, openURL, register } from '../graph.ts';
import { connect } from './client.ts';
import { CARDS, FOLLOW, LOGIN, UNFOLLOW, VIEWER, type Card } from './documents.ts';

test('Apollo Client 4: sign in, follow with an optimistic response, unfollow', async () => {
  const account = await register('apollo.signin');
  const { id } = await followersOf('grace', 1);
  const { client, exchanges, session } = connect(openURL);

  const { data } = await client.mutate({
    mutation: LOGIN,
    variables: { username: account.username, password: account.password },
  });
  assert(data?.login);
  session.token = data.login.token;
  const { data: viewer } = await client.query({ query: VIEWER });
  assert.equal(viewer?.viewer?.id, account.id);

  const cards = await client.query({ query: CARDS, variables: { ids: [id, account.id] } });
  const [user, me] = cards.data?.nodes ?? [];
  assert(user && me);
  assert.equal(user.viewerIsFollowing, false);
  const cached = (optimistic: boolean) =>
    client.cache.readQuery({ query: CARDS, variables: { ids: [id, account.id] } }, optimistic)?.nodes as Card[];

  const following = count(user, +1, true);
  const asked = exchanges.length;
  const mutation = client.mutate({
    mutation: FOLLOW,
    variables: { id },
    optimisticResponse: { followUser: { __typename: 'FollowUserPayload', changed: true, user: following, viewer: me } },
  });
  assert.equal(exchanges.length, asked, 'no response has come yet');
  assert.deepEqual(cached(true), [following, me], 'the optimistic response');
  assert.deepEqual(cached(false), [user, me], 'the previous data of the server');
  await mutation;
  const counted: Card = { ...me, stats: { ...me.stats, followingsCount: me.stats.followingsCount + 1 } };
  assert.deepEqual(cached(false), [following, counted], 'the actual response');

  const unfollowed = await client.mutate({ mutation: UNFOLLOW, variables: { id } });
  assert.equal(unfollowed.data?.unfollowUser.changed, true);
  assert.deepEqual(cached(false), [user, me]);
});

function count(card: Card, change: number, viewerIsFollowing: boolean): Card {
  return { ...card, viewerIsFollowing, stats: { ...card.stats, followersCount: card.stats.followersCount + change } };
}
