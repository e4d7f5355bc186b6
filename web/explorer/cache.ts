import type { Exchange } from '@urql/core';
import { cacheExchange, type Cache, type UpdateResolver } from '@urql/exchange-graphcache';

const EMBEDDED = () => null;

/**
 * Stores each user once, by global id: data from one response appears in every part of the page. A follow appears
 * immediately (optimistic update) and is rolled back if the server rejects it.
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
      ShortestPath: EMBEDDED,
      TopUsers: EMBEDDED,
      GraphTotals: EMBEDDED,
      StatsChange: EMBEDDED,
      RelationsChange: EMBEDDED,
      FollowersChange: EMBEDDED,
      FollowerChange: EMBEDDED,
    },
    optimistic: {
      followUser: ({ input }, cache) => foreseen(cache, input as FollowInput, true),
      unfollowUser: ({ input }, cache) => foreseen(cache, input as FollowInput, false),
    },
    updates: {
      Mutation: {
        followUser: forgetFollowers,
        unfollowUser: forgetFollowers,
        removeFollower: forgetFollower,
        updateProfile: forgetNames,
      },
    },
  });
}

/** The input of `followUser` and `unfollowUser`. */
interface FollowInput {
  userId: string;
}

/** Returns the expected result of `followUser` or `unfollowUser`. */
function foreseen(cache: Cache, { userId }: FollowInput, follows: boolean) {
  const user: Entity = { __typename: 'User', id: userId };
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

type Entity = { __typename: 'User'; id: string };

function moved(cache: Cache, user: Entity, count: string, step: number) {
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
 * Updates lists after a follow or unfollow. The lists of the other user that contain the viewer are loaded again. Other
 * changed lists, such as the viewer's own, keep their people while they are shown, so that no row disappears under the
 * pointer. They are loaded again when they are shown the next time.
 */
const forgetFollowers: UpdateResolver = (_result, { input }, cache, { optimistic }) => {
  if (optimistic) return; // the server has not confirmed a change yet
  const user: Entity = { __typename: 'User', id: (input as FollowInput).userId };
  forgetLists(cache, user, ['followers', 'topFollowers', 'friends']);
};

/** Loads the viewer's lists of followers again after a follower was removed, and the lists of the former follower. */
const forgetFollower: UpdateResolver = (_result, { input }, cache) => {
  const viewer = viewerOf(cache);
  const user: Entity = { __typename: 'User', id: (input as FollowInput).userId };
  if (viewer) forgetLists(cache, viewer, ['followers', 'topFollowers', 'friends']);
  forgetLists(cache, user, ['following', 'topFollowing', 'friends']);
};

/** Loads lists of a user again. Only the first page: its end determines the queries for the next pages. */
function forgetLists(cache: Cache, user: Entity, names: readonly string[]): void {
  for (const { fieldName, arguments: values } of cache.inspectFields(user)) {
    if (names.includes(fieldName) && !values?.['after']) cache.invalidate(user, fieldName, values ?? undefined);
  }
}

/** Forgets whose usernames are known, if one changed. */
const forgetNames: UpdateResolver = (_result, { input }, cache) => {
  if ((input as { username?: string }).username === undefined) return;
  for (const { fieldName, arguments: values } of cache.inspectFields('Query')) {
    if (fieldName === 'user') cache.invalidate('Query', fieldName, values ?? undefined);
  }
};
