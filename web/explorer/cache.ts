import type { Exchange } from '@urql/core';
import { cacheExchange, type Cache, type UpdateResolver } from '@urql/exchange-graphcache';

const EMBEDDED = () => null;

/**
 * Keeps every user once, under its global id: what one answer says of a user, every part of the page shows. A follow
 * shows at once, and is taken back where the server refuses it.
 */
export function cache(): Exchange {
  return cacheExchange({
    keys: {
      UserFollowStats: EMBEDDED,
      FollowerConnection: EMBEDDED,
      FollowerEdge: EMBEDDED,
      FollowingConnection: EMBEDDED,
      FollowingEdge: EMBEDDED,
      UserConnection: EMBEDDED,
      UserEdge: EMBEDDED,
      FollowSuggestion: EMBEDDED,
      PageInfo: EMBEDDED,
      // By its place in an answer, its key would repeat the two hundred ids that were asked for.
      Follow: ({ followerId, followingId }) => `${followerId}>${followingId}`,
    },
    optimistic: {
      followUser: ({ input }, cache) => foreseen(cache, input as FollowInput, true),
      unfollowUser: ({ input }, cache) => foreseen(cache, input as FollowInput, false),
    },
    updates: {
      Mutation: {
        followUser: forgetFollowers,
        unfollowUser: forgetFollowers,
      },
    },
  });
}

/** The input of followUser and of unfollowUser. */
interface FollowInput {
  userId: string;
}

/** What followUser or unfollowUser will answer, if all goes well. */
function foreseen(cache: Cache, { userId }: FollowInput, follows: boolean) {
  const user = { __typename: 'User', id: userId };
  const changed = cache.resolve(user, 'viewerIsFollowing') !== follows;
  const step = changed ? (follows ? 1 : -1) : 0;
  const viewer = viewerOf(cache);
  return {
    __typename: follows ? 'FollowUserPayload' : 'UnfollowUserPayload',
    changed,
    user: { ...user, viewerIsFollowing: follows, stats: moved(cache, user, 'followersCount', step) },
    viewer: viewer && { ...viewer, stats: moved(cache, viewer, 'followingsCount', step) },
  };
}

interface Entity {
  __typename: 'User';
  id: string;
}

function moved(cache: Cache, user: { __typename: string; id: string }, count: string, step: number) {
  const stats = cache.resolve(user, 'stats');
  const known = (name: string) => Number((typeof stats === 'string' && cache.resolve(stats, name)) || 0);
  const counts = { followersCount: known('followersCount'), followingsCount: known('followingsCount') };
  return { __typename: 'UserFollowStats', ...counts, [count]: Math.max(0, known(count) + step) };
}

function viewerOf(cache: Cache): Entity | null {
  const key = cache.resolve('Query', 'viewer');
  const id = typeof key === 'string' ? cache.resolve(key, 'id') : null;
  return typeof id === 'string' ? { __typename: 'User', id } : null;
}

/**
 * Whom the viewer follows, or no longer does, is asked anew for the lists in which the viewer stands. Other lists that
 * changed, the viewer's own above all, keep who is in them for as long as they are shown, so that nobody is taken away
 * under the reader's hand; when they are shown again they are asked for anew.
 */
const forgetFollowers: UpdateResolver = (_result, { input }, cache, { optimistic }) => {
  if (optimistic) return; // nothing is known to have changed
  const user = { __typename: 'User', id: (input as FollowInput).userId };
  for (const { fieldName, arguments: values } of cache.inspectFields(user)) {
    // The first page alone: those behind it are asked for by where it ends then.
    const isChanged = (fieldName === 'followers' || fieldName === 'friends') && !values?.['after'];
    if (isChanged) cache.invalidate(user, fieldName, values ?? undefined);
  }
};
