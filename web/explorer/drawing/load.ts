import type { Client, CombinedError } from 'urql';

import { readFragment } from '../__generated__/fragment-masking.ts';
import {
  AdjacencyDocument,
  AroundDocument,
  PersonFragmentDoc,
  ProfileDocument,
  ShortestPathDocument,
  TopAroundDocument,
  type AdjacencyQuery,
  type AroundQuery,
  type PathStatus,
} from '../__generated__/graphql.ts';
import { uncached } from '../uncached.ts';
import type { Block } from './blocks.ts';
import { SIDES, type Follow, type Page, type Person, type Side } from './graph.ts';

/** Stops a query. A running request is cancelled. */
export type Stop = () => void;

export interface Watcher<T> {
  /** Called with the data, and again after each change in the cache. */
  next(value: T): void;
  fault(error: CombinedError): void;
}

/** Loads a person by username. Null if there is no such user. */
export function watchPerson(client: Client, username: string, watcher: Watcher<Person | null>): Stop {
  const { unsubscribe } = client.query(ProfileDocument, { username }).subscribe(({ data, error }) => {
    if (data?.user) watcher.next(readFragment(PersonFragmentDoc, data.user));
    else if (error) watcher.fault(error);
    else if (data) watcher.next(null);
  });
  return unsubscribe;
}

/** The next page of each list that has one. The cursor is undefined for the first page. */
export type Cursors = Partial<Record<Side, { after: string | undefined }>>;

/**
 * Loads a page of a person's followers and followed people, newest follow first. Without such a user, there are no
 * pages. Live pages change with the cache.
 */
export function watchPages(
  client: Client,
  { username, first, cursors, isLive }: { username: string; first: number; cursors: Cursors; isLive: boolean },
  watcher: Watcher<Page[]>,
): Stop {
  const variables = {
    username,
    first,
    afterFollower: cursors.followers?.after ?? null,
    afterFollowed: cursors.following?.after ?? null,
    followers: cursors.followers !== undefined,
    following: cursors.following !== undefined,
  };
  const { unsubscribe } = (isLive ? client : uncached(client)).query(AroundDocument, variables).subscribe(({ data, error }) => {
    if (data) watcher.next(SIDES.flatMap((side) => pageOf(data.user, side, cursors[side]?.after) ?? []));
    else if (error) watcher.fault(error);
  });
  return unsubscribe;
}

function pageOf(user: AroundQuery['user'], side: Side, after: string | undefined): Page | undefined {
  const list = user?.[side];
  if (!user || !list) return undefined;
  const { edges, pageInfo } = list;
  const known = edges.flatMap(({ node, followedAt }) => (node ? [{ node, followedAt }] : []));
  const next = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
  return {
    of: user.id,
    side,
    source: 'all',
    after,
    people: known.map(({ node }) => readFragment(PersonFragmentDoc, node)),
    times: new Map(known.map(({ node, followedAt }) => [node.id, followedAt])),
    withoutAccount: edges.length - known.length,
    next,
    isLast: next === undefined,
    total: undefined,
  };
}

/**
 * Loads mutual follows of a person and the most followed people of both lists.
 *
 * @param requestPolicy whether an earlier answer is sufficient
 */
export function watchTop(
  client: Client,
  variables: { username: string; mutual: number; first: number },
  watcher: Watcher<Page[]>,
  requestPolicy: 'cache-first' | 'cache-and-network' = 'cache-first',
): Stop {
  const { unsubscribe } = client.query(TopAroundDocument, variables, { requestPolicy }).subscribe(({ data, error }) => {
    if (data?.user) {
      const { id, stats, friends, topFollowers, topFollowing } = data.user;
      const page = { of: id, after: undefined, times: new Map<string, string>(), next: undefined };
      const personOf = (node: (typeof friends.nodes)[number]) => readFragment(PersonFragmentDoc, node);
      const topOf = (side: Side, { nodes, complete }: typeof topFollowers, count: number): Page => {
        const isLast = complete && count <= variables.first;
        const withoutAccount = isLast ? count - nodes.length : 0;
        return { ...page, side, source: 'top', people: nodes.map(personOf), withoutAccount, isLast, total: undefined };
      };
      watcher.next([
        {
          ...page,
          side: 'followers',
          source: 'mutual',
          people: friends.nodes.map(personOf),
          withoutAccount: 0,
          isLast: false,
          total: friends.totalCount ?? undefined,
        },
        topOf('followers', topFollowers, stats.followersCount),
        topOf('following', topFollowing, stats.followingsCount),
      ]);
    } else if (error) watcher.fault(error);
    else if (data) watcher.next([]);
  });
  return unsubscribe;
}

export interface PathAnswer {
  status: PathStatus;
  people: readonly Person[];
}

/** Finds a shortest path in the whole graph. */
export function watchPath(client: Client, fromId: string, toId: string, watcher: Watcher<PathAnswer>): Stop {
  const { unsubscribe } = client.query(ShortestPathDocument, { fromId, toId }).subscribe(({ data, error }) => {
    if (data) {
      const { status, users } = data.shortestPath;
      watcher.next({ status, people: users.map((user) => readFragment(PersonFragmentDoc, user)) });
    } else if (error) watcher.fault(error);
  });
  return unsubscribe;
}

/** The follows of some people. */
export interface FollowsAnswer {
  follows: readonly Follow[];
  /** The followers whose follows are not in the answer, because it would be too large. */
  rest: readonly string[];
}

/** Loads the follows from the first group of people to the second group. */
export function askFollows(client: Client, { followerIds, followingIds }: Block, watcher: Watcher<FollowsAnswer>): Stop {
  const variables = { followerIds: [...followerIds], followingIds: [...followingIds] };
  // Hundreds of ids are too long for a URL.
  const { unsubscribe } = uncached(client)
    .query(AdjacencyDocument, variables, { preferGetMethod: false })
    .subscribe(({ data, error }) => {
      if (data) watcher.next(followsOf(data.adjacency, { followerIds, followingIds }));
      else if (error) watcher.fault(error);
    });
  return unsubscribe;
}

function followsOf({ following, followedAt }: AdjacencyQuery['adjacency'], { followerIds, followingIds }: Block): FollowsAnswer {
  const follows: Follow[] = [];
  const rest: string[] = [];
  followerIds.forEach((followerId, i) => {
    const [positions, times] = [following[i], followedAt[i]];
    if (!positions || !times) rest.push(followerId);
    else positions.forEach((at, j) => follows.push({ followerId, followingId: followingIds[at]!, followedAt: times[j]! }));
  });
  return { follows, rest };
}
