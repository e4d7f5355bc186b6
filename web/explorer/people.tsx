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
import { count, digits } from './format.ts';
import { kept } from './kept.ts';
import { useNews } from './live/context.ts';
import { isolated } from './name.ts';
import { Person, Stranger } from './person.tsx';
import type { View } from './route.ts';
import { isWayBack } from './scroll.ts';

/** Page sizes: the first page is small, because the user waits for it. Later pages load before they are visible. */
const PAGE = 40;

interface Edge {
  cursor: string;
  followedAt?: string;
  node: FragmentType<typeof PersonFragmentDoc> & { id: string } | null;
}

interface Connection {
  edges: Edge[];
  /** Null if the server did not count. Lists whose counts are in the profile do not ask for it. */
  totalCount?: number | null;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** The variables of a page query that identify the list. */
type Of = Record<string, string>;

/** A list of people with pages, from any connection field. */
export interface List {
  document: TypedDocumentNode<unknown, any>;
  connection(data: unknown): Connection | undefined;
  /** The text if the list is empty. */
  empty(name: string): string;
  /** The text above the list, with the number of people on all pages. */
  total?(people: number): string;
}

/** Returns a list for a document and its connection. */
export function list<Data>(
  document: TypedDocumentNode<Data, any>,
  connection: (data: Data) => Connection | undefined,
  empty: (name: string) => string,
  total?: (people: number) => string,
): List {
  return { document, connection: connection as List['connection'], empty, ...(total && { total }) };
}

/** The lists of a user's page. */
export const LISTS: Record<Exclude<View, 'drawing'>, List> = {
  followers: list(FollowersDocument, ({ user }) => user?.followers, (name) => `${name} has no followers yet.`),
  following: list(FollowingDocument, ({ user }) => user?.following, (name) => `${name} does not follow anyone yet.`),
  friends: list(
    FriendsDocument,
    ({ user }) => user?.friends,
    (name) => `${name} has no mutual follows yet.`,
    (people) => `${digits(people)} mutual`,
  ),
  known: list(
    FollowersYouKnowDocument,
    ({ user }) => user?.followersYouKnow,
    (name) => `You do not follow any followers of ${name}.`,
    (people) => `${count(people, 'follower')} you know`,
  ),
};

// The number of loaded pages of each list, so that going back restores the position.
const read = kept('pages');

interface PeopleProps {
  list: List;
  /** A unique key of the list, while the page is open. */
  id: string;
  /** The user of the list. A new object loads the list again. */
  of: Of;
  /** The name of the user. */
  name: string;
  label: string;
  className?: string;
  /** The user, if this is their list of followers: new followers are offered. Null until the user is loaded. */
  newsOf?: { id: string; username: string } | null | undefined;
}

const NOTHING: ReadonlySet<string> = new Set();

/** The people of a list. Another page loads when the user comes near the end. */
export function People({ list, id, of, name, label, className = '', newsOf }: PeopleProps) {
  const [pages, setPages] = useState(() => (isWayBack() && read.get(id)) || 1);
  const [total, setTotal] = useState<number | null>(null);
  const [cursors, setCursors] = useState(NOTHING);
  const [renewals, setRenewals] = useState(0);
  const news = useNews(newsOf ?? undefined, cursors);
  const people = useRef<HTMLUListElement>(null);
  useEffect(() => {
    read.set(id, pages);
  }, [id, pages]);
  const more = useCallback((page: number) => setPages((known) => Math.max(known, page)), []);
  const loaded = useCallback((connection: Connection | undefined) => {
    setTotal(connection?.totalCount ?? null);
    if (connection) setCursors(new Set(connection.edges.map(({ cursor }) => cursor)));
  }, []);

  function renew() {
    news.clear();
    setRenewals(renewals + 1);
    people.current?.focus({ preventScroll: true }); // the button disappears
  }

  return (
    <>
      {newsOf !== undefined && (
        <p className="total news">
          Newest first
          {news.count > 0 && (
            <button type="button" onClick={renew}>
              {news.isMore ? 'New' : `${digits(news.count)} new`}
              <span className="unseen"> {news.count === 1 && !news.isMore ? 'follower' : 'followers'}: show</span>
            </button>
          )}
          {/* Only the first one is announced: a popular user gains followers every second. */}
          <span className="unseen" role="status">
            {news.count > 0 && 'There are new followers.'}
          </span>
        </p>
      )}
      {list.total && total !== null && total > 0 && <p className="total">{list.total(total)}</p>}
      <ul className={`people ${className}`} aria-label={label} ref={people} tabIndex={newsOf === undefined ? undefined : -1}>
        <Page
          list={list}
          of={of}
          name={name}
          after={null}
          page={1}
          pages={pages}
          more={more}
          loaded={loaded}
          renewals={renewals}
        />
      </ul>
    </>
  );
}

interface PageProps {
  list: List;
  of: Of;
  name: string;
  /** The cursor before the page. */
  after: string | null;
  /** The number of the page, from 1, and the number of loaded pages. */
  page: number;
  pages: number;
  more: (page: number) => void;
  /** Gets the first page. */
  loaded?: (connection: Connection | undefined) => void;
  /** The page is loaded again when it increases. */
  renewals?: number;
}

/**
 * A page of a list and the pages after it. Each page starts at the current end of the previous page, so that no person
 * is skipped or shown twice when a list changes. Each page is a separate query, and cached pages appear immediately.
 */
const Page = memo(function Page({ list, of, name, after, page, pages, more, loaded, renewals = 0 }: PageProps) {
  const variables = { ...of, first: PAGE, after };
  const [{ data, fetching, error }, again] = useQuery({
    query: list.document,
    variables,
    // Changes start at the first page: if its end cursor changes, the pages after it load again too.
    requestPolicy: page === 1 ? 'cache-and-network' : 'cache-first',
  });
  const connection = data === undefined || data === null ? undefined : list.connection(data);
  useEffect(() => loaded?.(connection), [loaded, connection]);
  useEffect(() => {
    if (renewals > 0) again({ requestPolicy: 'network-only' });
  }, [renewals, again]);
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
      {edges.length === 0 && !after && <li className="empty wide">{list.empty(isolated(name))}</li>}
      {next && page === pages && <More key={next} more={() => more(page + 1)} />}
      {next && page < pages && (
        <Page list={list} of={of} name={name} after={next} page={page + 1} pages={pages} more={more} />
      )}
    </>
  );
});

/** Loads the next page when it comes near the window, or on a click. */
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

/** Placeholders for people who are loading. */
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
