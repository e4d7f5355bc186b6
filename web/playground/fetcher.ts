import type { Fetcher } from '@graphiql/toolkit';
import { Kind, parse } from 'graphql';

import type { Session } from '../session/session.ts';
import { post } from './endpoint';
import { endSession } from './session';

/** Sends operations with the token of the session. An Authorization header in the tab Headers replaces it. */
export function fetcherFor(session: Session | undefined): Fetcher {
  return async ({ query, variables, operationName }, options) => {
    const written: Record<string, unknown> = options?.headers ?? {};
    const own = session && !Object.keys(written).some((name) => name.toLowerCase() === 'authorization');
    const headers = own ? { ...written, Authorization: `Bearer ${session.token}` } : written;
    const operation = { query, variables, ...(!isSingle(query) && { operationName }) };
    const { answer, status } = await post(operation, headers);
    // The server rejected the token: it has expired, or the password was changed.
    if (own && status === 401) endSession(session);
    return answer as object;
  };
}

/** Reports whether a document needs no operationName. After a tab change, GraphiQL still sends the previous name. */
function isSingle(query: string): boolean {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
  } catch {
    return true; // the error of the server is better
  }
}
