import { memo, useCallback, useEffect, useRef, useState } from 'react';
import { useQuery, type TypedDocumentNode } from 'urql';

import type { FragmentType } from './__generated__/fragment-masking.ts';
import {
  FollowersDocument,
  FollowersYouKnowDocument,
  FollowingDocument,
  FriendsDocument,
  type PersonFragmentDoc,
} from './__generated__/graphql.ts';
import { Fault } from './fault.tsx';
import { Person, Stranger } from './person.tsx';
import type { View } from './route.ts';

/** The users of a page. The first page alone is waited for; behind it another is fetched before its place is seen. */
const PAGE = 40;

interface Edge {
  cursor: string;
  followedAt?: string;
  node: FragmentType<typeof PersonFragmentDoc> & { id: string } | null;
}

interface Connection {
  edges: Edge[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

type Variables = { username: string; first: number; after?: string | null };

/** A list of people that can be paged, whatever the field that it comes from. */
export interface List {
  document: TypedDocumentNode<unknown, Variables>;
  connection(data: unknown): Connection | undefined;
  /** What is said where nobody is in it. */
  empty(name: string): string;
}

function list<Data>(
  document: TypedDocumentNode<Data, Variables>,
  connection: (data: Data) => Connection | undefined,
  empty: (name: string) => string,
): List {
  return { document, connection: connection as (data: unknown) => Connection | undefined, empty };
}

/** The lists of a user's page. */
export const LISTS: Record<Exclude<View, 'drawing'>, List> = {
  followers: list(FollowersDocument, ({ user }) => user?.followers, (name) => `Nobody follows ${name} yet.`),
  following: list(FollowingDocument, ({ user }) => user?.following, (name) => `${name} follows nobody yet.`),
  friends: list(FriendsDocument, ({ user }) => user?.friends, (name) => `Nobody whom ${name} follows follows back.`),
  known: list(
    FollowersYouKnowDocument,
    ({ user }) => user?.followersYouKnow,
    (name) => `You follow nobody who follows ${name}.`,
  ),
};

// How far each list has been read, so that the way back leads to where the reader was.
const read = new Map<string, string[]>();

interface PeopleProps {
  list: List;
  /** Names the list among all others, for as long as the page is open. */
  id: string;
  username: string;
  /** What its user is called. */
  name: string;
  label: string;
}

/** All people of a list, page by page as the reader comes near the end. */
export function People({ list, id, username, name, label }: PeopleProps) {
  const [cursors, setCursors] = useState<string[]>(() => read.get(id) ?? []);
  useEffect(() => {
    read.set(id, cursors);
  }, [id, cursors]);
  const more = useCallback((cursor: string) => {
    setCursors((known) => (known.includes(cursor) ? known : [...known, cursor]));
  }, []);
  const pages = [undefined, ...cursors];
  return (
    <ul className="people" aria-label={label}>
      {pages.map((after, index) => (
        <Page
          key={after ?? ''}
          list={list}
          username={username}
          name={name}
          after={after}
          isLast={index === pages.length - 1}
          more={more}
        />
      ))}
    </ul>
  );
}

interface PageProps {
  list: List;
  username: string;
  name: string;
  after: string | undefined;
  isLast: boolean;
  more: (cursor: string) => void;
}

/**
 * One page of a list. Each is a query of its own, so that the cache gives back those that were read, and is left alone
 * when another comes.
 */
const Page = memo(function Page({ list, username, name, after, isLast, more }: PageProps) {
  const variables = { username, first: PAGE, after: after ?? null };
  const [{ data, fetching, error }, again] = useQuery({ query: list.document, variables });
  const connection = data === undefined || data === null ? undefined : list.connection(data);
  if (!connection) {
    if (error) {
      return (
        <li>
          <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />
        </li>
      );
    }
    return fetching ? <Skeletons /> : null;
  }
  const { edges, pageInfo } = connection;
  return (
    <>
      {edges.map(({ cursor, node, followedAt }) =>
        node ? (
          <Person key={cursor} person={node} followedAt={followedAt} />
        ) : (
          <Stranger key={cursor} followedAt={followedAt} />
        ),
      )}
      {edges.length === 0 && !after && <li className="empty">{list.empty(name)}</li>}
      {isLast && pageInfo.hasNextPage && pageInfo.endCursor && <More cursor={pageInfo.endCursor} more={more} />}
    </>
  );
});

/** Asks for the next page when it comes near the window, or when it is pressed. */
export function More({ cursor, more }: { cursor: string; more: (cursor: string) => void }) {
  const place = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const watch = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && more(cursor),
      { rootMargin: '600px' },
    );
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, [cursor, more]);
  return (
    <li className="more" ref={place}>
      <button type="button" onClick={() => more(cursor)}>
        Show more
      </button>
    </li>
  );
}

/** Holds the place of people who are on their way. */
export function Skeletons({ count = 6 }: { count?: number }) {
  return (
    <li className="skeletons" role="status">
      <span className="unseen">Loading…</span>
      {Array.from({ length: count }, (_, index) => (
        <span className="person skeleton" key={index} aria-hidden="true">
          <span className="avatar" />
          <span className="person-text">
            <span className="person-name" />
            <span className="person-facts" />
          </span>
        </span>
      ))}
    </li>
  );
}
