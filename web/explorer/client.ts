import { Client, fetchExchange, makeOperation, mapExchange, type CombinedError, type Operation } from '@urql/core';

import { withPosition } from '../../examples/position/position.ts';
import { cache } from './cache.ts';

/** The request timeout in milliseconds. It is longer than the server's time limit for an operation. */
const PATIENCE = 20_000;

/** The fetch of this page. The position is that of all its callers, so that a new session sees its registration. */
const positioned = withPosition((input, init) => fetch(input, init));

/**
 * Creates a client for one caller on the server of this page. Its cache belongs to that caller.
 *
 * Requests identify their documents by the ids of the manifest. Queries use GET, which browsers and proxies can cache
 * and revalidate, unless the query requests POST. The text of a document is never sent.
 *
 * @param token the token of the caller, if signed in
 * @param refused called when the server rejects the token
 */
export function connect(token: string | undefined, refused: () => void): Client {
  return new Client({
    url: '/graphql',
    fetch: (input, options) => positioned(input, { ...options, signal: withPatience(options?.signal) }),
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
 * Replaces the text of the document by its id ("GraphQL over HTTP", appendix Persisted Documents). It comes after the
 * cache, which needs the document. graphql-codegen stores the id with the document.
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
