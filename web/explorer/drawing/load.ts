import type { Client, CombinedError } from 'urql';

import { readFragment } from '../__generated__/fragment-masking.ts';
import {
  FollowersDocument,
  FollowingDocument,
  FollowsAmongDocument,
  PersonFragmentDoc,
  ProfileDocument,
  type FollowersQuery,
  type FollowingQuery,
  type FollowsAmongQueryVariables,
} from '../__generated__/graphql.ts';
import type { Follow, Page, Person, Side } from './graph.ts';

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

export interface Wanted {
  person: Person;
  side: Side;
  first: number;
  after: string | undefined;
}

/** Loads a page of a person's followers or followed people, newest follow first. */
export function watchPage(client: Client, { person, side, first, after }: Wanted, watcher: Watcher<Page>): Stop {
  const variables = { username: person.username, first, after: after ?? null };
  function taken(list: Connection | undefined, error: CombinedError | undefined) {
    if (error && !list) watcher.fault(error);
    // The account was deleted in the meantime: its lists are empty.
    else watcher.next({ of: person.id, side, after, ...contentOf(list ?? EMPTY) });
  }
  const { unsubscribe } =
    side === 'followers'
      ? client.query(FollowersDocument, variables).subscribe(({ data, error }) => taken(data?.user?.followers, error))
      : client.query(FollowingDocument, variables).subscribe(({ data, error }) => taken(data?.user?.following, error));
  return unsubscribe;
}

type Connection =
  | NonNullable<FollowersQuery['user']>['followers']
  | NonNullable<FollowingQuery['user']>['following'];

const EMPTY: Connection = {
  __typename: 'FollowerConnection',
  edges: [],
  pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
};

function contentOf({ edges, pageInfo }: Connection): Pick<Page, 'people' | 'withoutAccount' | 'next'> {
  const people = edges.flatMap(({ node }) => (node ? [readFragment(PersonFragmentDoc, node)] : []));
  const next = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
  return { people, withoutAccount: edges.length - people.length, next };
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
