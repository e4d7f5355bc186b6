import {
  Client,
  fetchExchange,
  makeOperation,
  mapExchange,
  subscriptionExchange,
  type ClientOptions,
  type CombinedError,
  type Operation,
} from '@urql/core';

import { cache } from './cache.ts';
import type { Carry } from './live/feed.ts';
import { Live } from './live/live.ts';
import { positioned } from './position.ts';
import { pair } from './uncached.ts';

/** The request timeout in milliseconds. It is longer than the server's time limit for an operation. */
const PATIENCE = 20_000;

/**
 * Creates a client for one caller on the server of this page. Its cache belongs to that caller, and so does its `Live`.
 *
 * Requests identify their documents by the ids of the manifest. Queries use GET, which browsers and proxies can cache
 * and revalidate, unless the query requests POST. The text of a document is never sent. `uncached` returns a client
 * without the cache.
 *
 * @param token the token of the caller, if signed in
 * @param refused called when the server rejects the token
 */
export function connect(token: string | undefined, refused: () => void): Client {
  const options = {
    url: '/graphql',
    fetch: (input, init) =>
      positioned(input, { ...init, signal: withPatience(init?.signal) }, (position) => live.arrived(position)),
    fetchOptions: () => ({ headers: token ? { authorization: `Bearer ${token}` } : {} }),
    preferGetMethod: 'force',
  } satisfies Partial<ClientOptions>;
  const errors = mapExchange({
    onError(error) {
      if (token && isUnauthenticated(error)) refused();
    },
  });
  const names = mapExchange({ onOperation: named });
  const client = new Client({
    ...options,
    exchanges: [
      errors,
      cache(),
      names,
      // Each subscription knows how it is sent: see Feed.
      subscriptionExchange({
        forwardSubscription: ({ variables }, { query, context }) => ({
          subscribe: (sink) => (context['carry'] as Carry)({ documentId: idOf(query), variables }, sink),
        }),
      }),
      fetchExchange,
    ],
  });
  pair(client, new Client({ ...options, exchanges: [errors, names, fetchExchange] }));
  const live = new Live(client, token);
  return client;
}

/**
 * Replaces the text of the document by its id ("GraphQL over HTTP", appendix Persisted Documents). It comes after the
 * cache, which needs the document. graphql-codegen stores the id with the document.
 */
function named(operation: Operation): Operation {
  if (operation.kind === 'subscription') return operation; // the cache reads the document of each event
  const query = { ...operation.query, definitions: [], documentId: idOf(operation.query) };
  return makeOperation(operation.kind, { ...operation, query } as Operation);
}

function idOf(query: Operation['query']): string | undefined {
  return (query as { __meta__?: { hash: string } }).__meta__?.hash;
}

function withPatience(signal: AbortSignal | null | undefined): AbortSignal {
  const patience = AbortSignal.timeout(PATIENCE);
  return signal ? AbortSignal.any([signal, patience]) : patience;
}

/** Reports whether the server answers this only to signed-in callers. */
export function isUnauthenticated(error: CombinedError): boolean {
  return error.graphQLErrors.some(({ extensions }) => extensions['code'] === 'UNAUTHENTICATED');
}
