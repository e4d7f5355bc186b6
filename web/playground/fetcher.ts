import type { Fetcher } from '@graphiql/toolkit';
import { Kind, OperationTypeNode, parse, type OperationDefinitionNode } from 'graphql';

import type { Session } from '../session/session.ts';
import { post } from './endpoint';
import { endSession } from './session';
import { subscribe } from './subscription';

/** Sends operations with the token of the session. An Authorization header in the tab Headers replaces it. */
export function fetcherFor(session: Session | undefined): Fetcher {
  return async ({ query, variables, operationName }, options) => {
    const written: Record<string, unknown> = options?.headers ?? {};
    const own = session && !Object.keys(written).some((name) => name.toLowerCase() === 'authorization');
    const headers = own ? { ...written, Authorization: `Bearer ${session.token}` } : written;
    const operations = operationsOf(query);
    // After a tab change, GraphiQL still sends the previous name. A single operation needs none.
    const isAmbiguous = operations.length > 1;
    const operation = { query, variables, ...(isAmbiguous && { operationName }) };
    const chosen = isAmbiguous ? operations.find(({ name }) => name?.value === operationName) : operations[0];
    if (chosen?.operation === OperationTypeNode.SUBSCRIPTION) {
      return subscribe(operation, headers, () => own && endSession(session));
    }
    const { answer, status } = await post(operation, headers);
    // The server rejected the token: it has expired, or the password was changed.
    if (own && status === 401) endSession(session);
    return answer as object;
  };
}

/** Returns the operations of a document. None if it is not GraphQL: the error of the server is better. */
function operationsOf(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return [];
  }
}
