import { memo, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useQuery, type CombinedError, type TypedDocumentNode } from 'urql';

import type { FragmentType } from './__generated__/fragment-masking.ts';
import type { PersonFragmentDoc } from './__generated__/graphql.ts';

/** The usual number of people on a page. Later pages load before they are visible. */
const PAGE = 40;

export interface Edge {
  cursor: string;
  followedAt?: string;
  node: (FragmentType<typeof PersonFragmentDoc> & { id: string }) | null;
}

export interface Connection {
  edges: Edge[];
  /** Null if the server did not count. Lists whose counts are in the profile do not ask for it. */
  totalCount?: number | null;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  /** False if the list was too long for the server to compare all people. */
  isComplete?: boolean;
}

/** The variables of a page query that identify the list. */
export type Of = Record<string, string>;

/** A list of people with pages, from any connection field. */
export interface List {
  document: TypedDocumentNode<unknown, any>;
  connection(data: unknown): Connection | undefined;
  /** The text if the list is empty. */
  empty(name: string): string;
  /** The text above the list, with the number of people on all pages. */
  total?(people: number): string;
  /** The number of people on a page. */
  page: number;
}

/** Returns a list for a document and its connection. */
export function list<Data>(
  document: TypedDocumentNode<Data, any>,
  connection: (data: Data) => Connection | undefined,
  empty: (name: string) => string,
  total?: (people: number) => string,
  page = PAGE,
): List {
  return { document, connection: connection as List['connection'], empty, ...(total && { total }), page };
}

/** What is known about a page of a list. */
export interface Page {
  connection?: Connection | undefined;
  error?: CombinedError | undefined;
  isLoading: boolean;
  retry(): void;
}

interface PagesProps {
  list: List;
  of: Of;
  /** The cursor before the page. */
  after: string | null;
  /** The number of the page, from 1, and the number of loaded pages. */
  page: number;
  pages: number;
  /** Gets each page when it changes. Undefined if the page is not a part of the list any more. */
  report: (number: number, page: Page | undefined) => void;
  /** The first page is loaded again when it increases. */
  renewals?: number;
}

/**
 * Loads a page of a list and the pages after it. It shows nothing. Each page starts at the current end of the previous
 * page, so that no person is skipped or shown twice when a list changes. Each page is a separate query, and cached pages
 * appear immediately.
 */
export const Pages = memo(function Pages({ list, of, after, page, pages, report, renewals = 0 }: PagesProps) {
  const [{ data, fetching, error }, again] = useQuery({
    query: list.document,
    variables: { ...of, first: list.page, after },
    // Changes start at the first page: if its end cursor changes, the pages after it load again too.
    requestPolicy: page === 1 ? 'cache-and-network' : 'cache-first',
  });
  const connection = useMemo(
    () => (data === undefined || data === null ? undefined : list.connection(data)),
    [data, list],
  );
  const retry = useRef(() => again({ requestPolicy: 'network-only' }));
  retry.current = () => again({ requestPolicy: 'network-only' });
  const isLoading = !connection && fetching;
  const fault = connection ? undefined : error;
  useLayoutEffect(() => {
    report(page, { connection, error: fault, isLoading, retry: () => retry.current() });
  }, [report, page, connection, fault, isLoading]);
  useLayoutEffect(() => () => report(page, undefined), [report, page]);
  useEffect(() => {
    if (renewals > 0) retry.current();
  }, [renewals]);
  const next = connection?.pageInfo.hasNextPage ? connection.pageInfo.endCursor : null;
  if (!next || page >= pages) return null;
  return <Pages list={list} of={of} after={next} page={page + 1} pages={pages} report={report} />;
});
