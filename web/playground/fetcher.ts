import type { Fetcher } from '@graphiql/toolkit';
import { Kind, parse } from 'graphql';

import type { Session } from '../session/session.ts';
import { post } from './endpoint';
import { endSession } from './session';

/** Sends operations for whoever is signed in. An Authorization written into the tab Headers is sent in its place. */
export function fetcherFor(session: Session | undefined): Fetcher {
  return async ({ query, variables, operationName }, options) => {
    const written: Record<string, unknown> = options?.headers ?? {};
    const own = session && !Object.keys(written).some((name) => name.toLowerCase() === 'authorization');
    const headers = own ? { ...written, Authorization: `Bearer ${session.token}` } : written;
    const operation = { query, variables, ...(!isSingle(query) && { operationName }) };
    const { answer, status } = await post(operation, headers);
    // The server refused the token before it looked at the query: it has expired, or the password was changed.
    if (own && status === 401) endSession(session);
    return answer as object;
  };
}

/** Whether a document needs no operationName. GraphiQL's is that of the tab before, just after another was chosen. */
function isSingle(query: string): boolean {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
  } catch {
    return true; // the server says better what is wrong with it
  }
}
