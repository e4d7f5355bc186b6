import type { Fetcher } from '@graphiql/toolkit';
import { Kind, OperationTypeNode, parse, type OperationDefinitionNode } from 'graphql';

import type { Session } from '../session/session.ts';
import { post } from './endpoint';
import { beginReport } from './reports';
import { endSession } from './session';
import { subscribe } from './subscription';

/** Sends operations with the token of the session. An Authorization header in the tab Headers replaces it. */
export function fetcherFor(session: Session | undefined): Fetcher {
  return async ({ query, variables, operationName }, options) => {
    // Introspection has no document.
    const report = options && 'documentAST' in options ? beginReport() : () => {};
    const { headers, isOwn } = headersFor(session, options?.headers ?? {});
    const refused = () => isOwn && session && endSession(session);
    const operations = operationsOf(query);
    // After a tab change, GraphiQL still sends the previous name. A single operation needs none.
    const isAmbiguous = operations.length > 1;
    const operation = { query, variables, ...(isAmbiguous && { operationName }) };
    const chosen = isAmbiguous ? operations.find(({ name }) => name?.value === operationName) : operations[0];
    if (chosen?.operation === OperationTypeNode.SUBSCRIPTION) return subscribe(operation, headers, { refused, report });
    const outcome = await post(operation, headers);
    report(outcome.report);
    // The server rejected the token: it has expired, or the password was changed.
    if (outcome.status === 401) refused();
    return outcome.answer as object;
  };
}

/** Returns the headers of a request, and whether they have the token of the session. */
export function headersFor(session: Session | undefined, written: Record<string, unknown>) {
  const isOwn = session !== undefined && !Object.keys(written).some((name) => name.toLowerCase() === 'authorization');
  return { headers: isOwn ? { ...written, Authorization: `Bearer ${session.token}` } : written, isOwn };
}

/** Returns the operations of a document. None if it is not GraphQL: the error of the server is better. */
export function operationsOf(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return [];
  }
}
