import { Client, fetchExchange, makeOperation, mapExchange, type CombinedError, type Operation } from '@urql/core';

import { cache } from './cache.ts';

/** How long an answer may take, in milliseconds: longer than the server works on an operation. */
const PATIENCE = 20_000;

/**
 * A client for this page's server, on behalf of one caller: what its cache holds is that caller's.
 *
 * Requests name their documents by the ids that the manifest has, reads by GET, which browsers and proxies may
 * keep and revalidate, unless they ask for POST. No document's text is ever sent.
 *
 * @param token the caller's, if one is signed in
 * @param refused is told when the server no longer takes the token
 */
export function connect(token: string | undefined, refused: () => void): Client {
  return new Client({
    url: '/graphql',
    fetch: (input, options) => fetch(input, { ...options, signal: withPatience(options?.signal) }),
    fetchOptions: () => ({ headers: token ? { authorization: `Bearer ${token}` } : {} }),
    exchanges: [
      mapExchange({
        onError(error) {
          if (token && isUnauthenticated(error)) refused();
        },
      }),
      cache(),
      mapExchange({ onOperation: named }),
      fetchExchange,
    ],
    preferGetMethod: 'force',
  });
}

/**
 * Puts the document's id in the place of its text ("GraphQL over HTTP", appendix Persisted Documents). It comes behind
 * the cache, which reads the document; graphql-codegen has put the id of the manifest beside it.
 */
function named(operation: Operation): Operation {
  const { __meta__: meta } = operation.query as { __meta__?: { hash: string } };
  const query = { ...operation.query, definitions: [], documentId: meta?.hash };
  return makeOperation(operation.kind, { ...operation, query } as Operation);
}

function withPatience(signal: AbortSignal | null | undefined): AbortSignal {
  const patience = AbortSignal.timeout(PATIENCE);
  return signal ? AbortSignal.any([signal, patience]) : patience;
}

function isUnauthenticated(error: CombinedError): boolean {
  return error.graphQLErrors.some(({ extensions }) => extensions['code'] === 'UNAUTHENTICATED');
}
