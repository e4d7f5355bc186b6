/** Subscriptions with Apollo Client 3: over graphql-ws, and as Apollo's multipart over HTTP. */
import {
  ApolloClient,
  ApolloLink,
  HttpLink,
  InMemoryCache,
  Observable,
  type DocumentNode,
  type FetchResult,
} from 'apollo-client-3/core/index.js';
import { graphQLResultHasProtocolErrors, PROTOCOL_ERRORS_SYMBOL } from 'apollo-client-3/errors/index.js';
import { setContext } from 'apollo-client-3/link/context/index.js';
import { GraphQLWsLink } from 'apollo-client-3/link/subscriptions/index.js';
import { getMainDefinition, relayStylePagination } from 'apollo-client-3/utilities/index.js';

import { possibleTypes, typePolicies } from '../../examples/apollo/cache.ts';
import { resume } from '../../examples/subscription/resume.ts';
import { authorization, type Library, type LiveClient, type Receiver } from '../live/client.ts';
import { connectSocket } from '../live/graphql-ws.ts';
import { FOLLOWERS_CHANGED, FOLLOWERS_GAINED } from './documents.ts';

/** Continues subscriptions after the position of their last event. Put it before the link that sends them. */
export const resumeLink = new ApolloLink((operation, forward) => {
  const main = getMainDefinition(operation.query);
  if (main.kind !== 'OperationDefinition' || main.operation !== 'subscription') return forward(operation);
  const { extensions } = operation;
  return new Observable<FetchResult>((observer) =>
    resume<FetchResult>(
      extensions,
      (sink) => {
        operation.extensions = extensions; // other links replace it
        const subscription = forward(operation).subscribe({
          ...sink,
          next: (result) =>
            graphQLResultHasProtocolErrors(result)
              ? sink.error({ protocolErrors: result.extensions[PROTOCOL_ERRORS_SYMBOL] }) // the server ended multipart
              : sink.next(result),
          complete: () => sink.error(new Error('the connection was lost')), // this version only completes multipart
        });
        return () => subscription.unsubscribe();
      },
      observer,
    ),
  );
});

function connect(sending: ApolloLink): LiveClient {
  const client = new ApolloClient({
    link: resumeLink.concat(sending),
    cache: new InMemoryCache({ possibleTypes, typePolicies: typePolicies(relayStylePagination) }),
  });
  function subscribe<Data>(query: DocumentNode, variables: object, receiver: Receiver<Data>, position?: string) {
    const subscription = client
      .subscribe<Data>({ query, variables: { ...variables }, extensions: position ? { position } : {} })
      .subscribe({
        next: ({ data, errors, extensions }) =>
          errors ? receiver.error(errors) : receiver.next(data as Data, extensions?.['position'] as string),
        error: (error) => receiver.error(error),
        complete: () => receiver.complete(),
      });
    return () => subscription.unsubscribe();
  }
  return {
    followersChanged: (id, receiver, position) => subscribe(FOLLOWERS_CHANGED, { id }, receiver, position),
    followersGained: (receiver, position) => subscribe(FOLLOWERS_GAINED, {}, receiver, position),
    close: () => client.stop(),
  };
}

export const apollo3Socket: Library = {
  name: 'Apollo Client 3: graphql-ws',
  transport: 'websocket',
  connect(url, token) {
    const socket = connectSocket(url, token);
    return { ...connect(new GraphQLWsLink(socket)), close: () => void socket.dispose() };
  },
};

export const apollo3Multipart: Library = {
  name: 'Apollo Client 3: multipart',
  transport: 'multipart',
  connect(url, token) {
    const authorize = setContext((_operation, { headers }) => ({
      headers: { ...headers, ...authorization(token()) },
    }));
    return connect(authorize.concat(new HttpLink({ uri: url, includeExtensions: true })));
  },
};
