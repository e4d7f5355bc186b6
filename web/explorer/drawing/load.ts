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

/** Ends what was begun: a request that still runs is cancelled. */
export type Stop = () => void;

export interface Watcher<T> {
  /** Is told what was asked for, and again whenever the page's cache learns otherwise. */
  next(value: T): void;
  fault(error: CombinedError): void;
}

/** Somebody by username, null where there is nobody of that name. */
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

/** A page of somebody's followers or followed, newest follow first. */
export function watchPage(client: Client, { person, side, first, after }: Wanted, watcher: Watcher<Page>): Stop {
  const variables = { username: person.username, first, after: after ?? null };
  function taken(list: Connection | undefined, error: CombinedError | undefined) {
    if (error && !list) watcher.fault(error);
    // An account that is gone meanwhile has nobody around it.
    else watcher.next({ of: person.id, side, after, ...contentOf(list ?? NOBODY) });
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

const NOBODY: Connection = {
  __typename: 'FollowerConnection',
  edges: [],
  pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
};

function contentOf({ edges, pageInfo }: Connection): Pick<Page, 'people' | 'strangers' | 'next'> {
  const people = edges.flatMap(({ node }) => (node ? [readFragment(PersonFragmentDoc, node)] : []));
  const next = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
  return { people, strangers: edges.length - people.length, next };
}

/** Every follow from one of the first people to one of the second. */
export function askFollows(client: Client, ids: FollowsAmongQueryVariables, watcher: Watcher<readonly Follow[]>): Stop {
  // Two hundred ids are longer than a server takes a URL.
  const { unsubscribe } = client
    .query(FollowsAmongDocument, ids, { preferGetMethod: false })
    .subscribe(({ data, error }) => {
      if (data) watcher.next(data.follows);
      else if (error) watcher.fault(error);
    });
  return unsubscribe;
}
