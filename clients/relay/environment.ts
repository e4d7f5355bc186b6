import {
  commitMutation,
  Environment,
  fetchQuery,
  getPaginationMetadata,
  getPaginationVariables,
  getRefetchMetadata,
  getSingularSelector,
  Network,
  RecordSource,
  Store,
  type CacheConfig,
  type ConcreteRequest,
  type MutationConfig,
  type MutationParameters,
  type OperationType,
  type ReaderFragment,
} from 'relay-runtime';

import { withPosition } from '../../examples/position/position.ts';
import { recorder } from '../exchange.ts';

/** The parameter with the id of the document. Relay leaves the choice to the application. */
export type Naming = 'doc_id' | 'id' | 'documentId';

/** Returns a Relay environment that only sends ids, and its requests. */
export function connect(url: string, naming: Naming, method: 'GET' | 'POST' = 'POST') {
  const { fetch: recorded, exchanges } = recorder();
  const fetch = withPosition(recorded);
  const session: { token?: string } = {};
  const network = Network.create(async (params, variables) => {
    const headers: HeadersInit = {
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      ...(session.token ? { Authorization: `Bearer ${session.token}` } : {}),
    };
    if (method === 'GET' && params.operationKind === 'query') {
      const search = new URLSearchParams({ [naming]: params.id ?? '', variables: JSON.stringify(variables) });
      return (await fetch(`${url}?${search}`, { headers })).json();
    }
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ [naming]: params.id, variables }),
    });
    return response.json();
  });
  return { environment: new Environment({ network, store: new Store(new RecordSource()) }), exchanges, session };
}

/** Fetches a query and returns its data from the store. */
export async function query<Operation extends OperationType>(
  environment: Environment,
  request: ConcreteRequest,
  variables: Operation['variables'],
): Promise<Operation['response']> {
  const config: CacheConfig = { force: true };
  return fetchQuery<Operation>(environment, request, variables, { networkCacheConfig: config }).toPromise();
}

/** Returns the current data of a fragment from the store, for a fragment reference. */
export function read<Data>(environment: Environment, fragment: ReaderFragment, reference: unknown): Data {
  return environment.lookup(selector(fragment, reference)).data as Data;
}

/** Fetches the next page of a fragment's connection, as usePaginationFragment of react-relay does. */
export async function next(
  environment: Environment,
  fragment: ReaderFragment,
  reference: unknown,
  page: { count: number; cursor: string; id: string },
): Promise<void> {
  const { paginationRequest, paginationMetadata } = getPaginationMetadata(fragment, 'next');
  const { identifierInfo } = getRefetchMetadata(fragment, 'next');
  const variables = getPaginationVariables(
    'forward',
    page.count,
    page.cursor,
    selector(fragment, reference).owner.variables,
    {},
    paginationMetadata,
  );
  const named = { ...variables, [identifierInfo!.identifierQueryVariableName]: page.id };
  await fetchQuery(environment, paginationRequest, named).toPromise();
}

/** Runs a mutation. */
export function mutate<Mutation extends MutationParameters>(
  environment: Environment,
  mutation: ConcreteRequest,
  variables: Mutation['variables'],
  optimisticResponse?: MutationConfig<Mutation>['optimisticResponse'],
): Promise<Mutation['response']> {
  return new Promise((resolve, reject) => {
    commitMutation<Mutation>(environment, {
      mutation,
      variables,
      ...(optimisticResponse ? { optimisticResponse } : {}),
      onCompleted: (response, errors) => (errors ? reject(new Error(errors[0]?.message)) : resolve(response)),
      onError: reject,
    });
  });
}

function selector(fragment: ReaderFragment, reference: unknown) {
  const found = getSingularSelector(fragment, reference);
  if (!found) {
    throw new Error('there is no such object');
  }
  return found;
}
