import { memo, useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';
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
import { kept } from './kept.ts';
import { Person, Stranger } from './person.tsx';
import type { View } from './route.ts';
import { isWayBack } from './scroll.ts';

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

/** What a page's query is given beside its size and place: whose list it is. */
type Of = Record<string, string>;

/** A list of people that can be paged, whatever the field that it comes from. */
export interface List {
  document: TypedDocumentNode<unknown, any>;
  connection(data: unknown): Connection | undefined;
  /** What is said where nobody is in it. */
  empty(name: string): string;
}

/** A list of what a document's answer holds. */
export function list<Data>(
  document: TypedDocumentNode<Data, any>,
  connection: (data: Data) => Connection | undefined,
  empty: (name: string) => string,
): List {
  return { document, connection: connection as List['connection'], empty };
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

// How many pages of each list have been read, so that the way back leads to where the reader was.
const read = kept('pages');

interface PeopleProps {
  list: List;
  /** Names the list among all others, for as long as the page is open. */
  id: string;
  /** Whose it is. The same object as long as it is the same user: another one is asked for anew. */
  of: Of;
  /** What its user is called. */
  name: string;
  label: string;
  className?: string;
}

/** All people of a list, page by page as the reader comes near the end. */
export function People({ list, id, of, name, label, className = '' }: PeopleProps) {
  const [pages, setPages] = useState(() => (isWayBack() && read.get(id)) || 1);
  useEffect(() => {
    read.set(id, pages);
  }, [id, pages]);
  const more = useCallback((page: number) => setPages((known) => Math.max(known, page)), []);
  return (
    <ul className={`people ${className}`} aria-label={label}>
      <Page list={list} of={of} name={name} after={null} page={1} pages={pages} more={more} />
    </ul>
  );
}

interface PageProps {
  list: List;
  of: Of;
  name: string;
  /** The cursor that it starts behind. */
  after: string | null;
  /** Which page it is, from 1, and how many are read. */
  page: number;
  pages: number;
  more: (page: number) => void;
}

/**
 * One page of a list, and those behind it: each starts where the one before ends now, so that nobody is left out or
 * shown twice when a list changes. Each is a query of its own, and what was read before is shown at once.
 */
const Page = memo(function Page({ list, of, name, after, page, pages, more }: PageProps) {
  const variables = { ...of, first: PAGE, after };
  const [{ data, fetching, error }, again] = useQuery({
    query: list.document,
    variables,
    // What changed since begins with the first page: another cursor at its end asks for those behind it, too.
    requestPolicy: page === 1 ? 'cache-and-network' : 'cache-first',
  });
  const connection = data === undefined || data === null ? undefined : list.connection(data);
  if (!connection) {
    if (error) {
      return (
        <li className="wide">
          <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />
        </li>
      );
    }
    return fetching ? <Skeletons /> : null;
  }
  const { edges, pageInfo } = connection;
  const next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  return (
    <>
      {edges.map(({ cursor, node, followedAt }) =>
        node ? (
          <Person key={cursor} person={node} followedAt={followedAt} />
        ) : (
          <Stranger key={cursor} followedAt={followedAt} />
        ),
      )}
      {edges.length === 0 && !after && <li className="empty wide">{list.empty(name)}</li>}
      {next && page === pages && <More key={next} more={() => more(page + 1)} />}
      {next && page < pages && (
        <Page list={list} of={of} name={name} after={next} page={page + 1} pages={pages} more={more} />
      )}
    </>
  );
});

/** Asks for the next page when it comes near the window, or when it is pressed. */
function More({ more }: { more: () => void }) {
  const place = useRef<HTMLLIElement>(null);
  const ask = useEffectEvent(more);
  useEffect(() => {
    const watch = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && ask(),
      { rootMargin: '600px' },
    );
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, []);
  return (
    <li className="more" ref={place}>
      <button type="button" onClick={more}>
        Show more
      </button>
    </li>
  );
}

/** Holds the place of people who are on their way. */
export function Skeletons({ count = 6 }: { count?: number }) {
  return (
    <li className="skeletons">
      <span className="unseen" role="status">
        Loading…
      </span>
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
