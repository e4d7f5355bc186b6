import type { Client, CombinedError } from 'urql';

import { readFragment } from '../__generated__/fragment-masking.ts';
import {
  AroundDocument,
  FollowsAmongDocument,
  FollowsOfDocument,
  PersonFragmentDoc,
  ProfileDocument,
  ShortestPathDocument,
  TopAroundDocument,
  type AroundQuery,
  type FollowsAmongQueryVariables,
  type PathStatus,
} from '../__generated__/graphql.ts';
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
 * pages.
 */
export function watchPages(
  client: Client,
  { username, first, cursors }: { username: string; first: number; cursors: Cursors },
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
  const { unsubscribe } = client.query(AroundDocument, variables).subscribe(({ data, error }) => {
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

/** Loads mutual follows of a person and the most followed people of both lists. */
export function watchTop(
  client: Client,
  variables: { username: string; mutual: number; first: number },
  watcher: Watcher<Page[]>,
): Stop {
  const { unsubscribe } = client.query(TopAroundDocument, variables).subscribe(({ data, error }) => {
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

/**
 * Loads every follow from the first group of people to the second group.
 *
 * @param requestPolicy whether an earlier answer is sufficient
 */
export function askFollows(
  client: Client,
  ids: FollowsAmongQueryVariables,
  watcher: Watcher<readonly Follow[]>,
  requestPolicy: 'cache-first' | 'network-only' = 'cache-first',
): Stop {
  // Two hundred ids are too long for a URL.
  const { unsubscribe } = client
    .query(FollowsAmongDocument, ids, { preferGetMethod: false, requestPolicy })
    .subscribe(({ data, error }) => {
      if (data) watcher.next(data.follows);
      else if (error) watcher.fault(error);
    });
  return unsubscribe;
}

/** The follows of some people, newest first. */
export interface FollowsOf {
  follows: readonly Follow[];
  /** The people who follow more people than were read. */
  unfinished: readonly string[];
}

/** Loads the people that each of some people follows, up to a number for each. */
export function askFollowsOf(client: Client, ids: string[], first: number, watcher: Watcher<FollowsOf>): Stop {
  const { unsubscribe } = client
    .query(FollowsOfDocument, { ids, first }, { preferGetMethod: false })
    .subscribe(({ data, error }) => {
      if (data) {
        const users = data.nodes.flatMap((node) => (node?.__typename === 'User' ? [node] : []));
        const follows = users.flatMap(({ id, following }) =>
          following.edges.flatMap(({ node, followedAt }) =>
            node ? [{ followerId: id, followingId: node.id, followedAt }] : [],
          ),
        );
        const unfinished = users.filter(({ following }) => following.pageInfo.hasNextPage).map(({ id }) => id);
        watcher.next({ follows, unfinished });
      } else if (error) watcher.fault(error);
    });
  return unsubscribe;
}
