import assert from 'node:assert/strict';
import { test } from 'node:test';

import { followersOf, openURL, register } from '../graph.ts';
import { checkPositions } from '../position/check.ts';
import { connect, mutate, query, read } from './environment.ts';
import card, { type Followers_card$data } from './__generated__/Followers_card.graphql.ts';
import cards, { type FollowersCardQuery } from './__generated__/FollowersCardQuery.graphql.ts';
import follow, { type FollowersFollowMutation } from './__generated__/FollowersFollowMutation.graphql.ts';
import login, { type FollowersLoginMutation } from './__generated__/FollowersLoginMutation.graphql.ts';
import unfollow, { type FollowersUnfollowMutation } from './__generated__/FollowersUnfollowMutation.graphql.ts';

test('Relay: sign in, follow with an optimistic response, unfollow, and read with the position of the answers', async () => {
  const account = await register('relay.signin');
  const { id } = await followersOf('hina_sato', 1);
  const { environment, exchanges, session } = connect(openURL, 'doc_id');

  const signedIn = await mutate<FollowersLoginMutation>(environment, login, {
    input: { username: account.username, password: account.password },
  });
  assert.equal(signedIn.login?.user?.id, account.id);
  session.token = signedIn.login.token;

  const { user } = await query<FollowersCardQuery>(environment, cards, { id });
  const shown = () => {
    const { viewerIsFollowing, stats } = read<Followers_card$data>(environment, card, user);
    return { viewerIsFollowing, followers: stats.followersCount };
  };
  const before = shown();
  assert.equal(before.viewerIsFollowing, false);

  // A number that the server cannot return distinguishes the optimistic response from the real one.
  const guess = { viewerIsFollowing: true, followers: before.followers + 1000 };
  const following = mutate<FollowersFollowMutation>(
    environment,
    follow,
    { input: { userId: id } },
    {
      followUser: {
        changed: true,
        user: { id, viewerIsFollowing: true, stats: { followersCount: guess.followers } },
      },
    },
  );
  assert.deepEqual(shown(), guess, 'the optimistic response');
  const followed = await following;
  assert.equal(followed.followUser?.changed, true);
  assert.deepEqual(shown(), { viewerIsFollowing: true, followers: before.followers + 1 }, 'the actual response');

  const unfollowed = await mutate<FollowersUnfollowMutation>(environment, unfollow, { input: { userId: id } });
  assert.equal(unfollowed.unfollowUser?.changed, true);
  assert.deepEqual(shown(), before);

  const again = await query<FollowersCardQuery>(environment, cards, { id });
  assert.equal(read<Followers_card$data>(environment, card, again.user).viewerIsFollowing, false);
  checkPositions(exchanges);
});
