/** Subscriptions with Apollo Client 4: over graphql-ws, and as Apollo's multipart over HTTP. */
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable, type TypedDocumentNode } from '@apollo/client';
import { graphQLResultHasProtocolErrors, PROTOCOL_ERRORS_SYMBOL } from '@apollo/client/errors';
import { SetContextLink } from '@apollo/client/link/context';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';

import { possibleTypes, typePolicies } from '../../examples/apollo/cache.ts';
import { resume } from '../../examples/subscription/resume.ts';
import { authorization, type Library, type LiveClient, type Receiver } from '../live/client.ts';
import { connectSocket } from '../live/graphql-ws.ts';
import { FOLLOWERS_CHANGED, FOLLOWERS_GAINED } from './documents.ts';

/** Continues subscriptions after the position of their last event. Put it before the link that sends them. */
export const resumeLink = new ApolloLink((operation, forward) => {
  if (operation.operationType !== 'subscription') return forward(operation);
  const { extensions } = operation;
  return new Observable((observer) =>
    resume(
      extensions,
      (sink) => {
        operation.extensions = extensions; // other links replace it
        const subscription = forward(operation).subscribe({
          ...sink,
          next: (result) =>
            graphQLResultHasProtocolErrors(result)
              ? sink.error(result.extensions[PROTOCOL_ERRORS_SYMBOL]) // the server ended multipart
              : sink.next(result),
        });
        return () => subscription.unsubscribe();
      },
      observer,
    ),
  );
});

/** Returns the client with a link that sends its subscriptions. */
export function connect(sending: ApolloLink): LiveClient & { client: ApolloClient } {
  const client = new ApolloClient({
    link: resumeLink.concat(sending),
    cache: new InMemoryCache({ possibleTypes, typePolicies: typePolicies(relayStylePagination) }),
  });
  function subscribe<Data, Variables extends Record<string, unknown>>(
    query: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    receiver: Receiver<Data>,
    position?: string,
  ) {
    const results = client.subscribe<Data>({ query, variables, extensions: position ? { position } : {} });
    const subscription = results.subscribe({
      next: ({ data, error, extensions }) =>
        error ? receiver.error(error) : receiver.next(data as Data, extensions?.['position'] as string),
      error: (error) => receiver.error(error),
      complete: () => receiver.complete(),
    });
    return () => subscription.unsubscribe();
  }
  return {
    client,
    followersChanged: (id, receiver, position) => subscribe(FOLLOWERS_CHANGED, { id }, receiver, position),
    followersGained: (receiver, position) => subscribe(FOLLOWERS_GAINED, {}, receiver, position),
    close: () => client.stop(),
  };
}

export function multipart(url: string, token: () => string | undefined): ApolloLink {
  const authorize = new SetContextLink(({ headers }) => ({
    headers: { ...headers, ...authorization(token()) },
  }));
  return authorize.concat(new HttpLink({ uri: url, includeExtensions: true }));
}

export const apollo4Socket: Library = {
  name: 'Apollo Client 4: graphql-ws',
  transport: 'websocket',
  connect(url, token) {
    const socket = connectSocket(url, token);
    return { ...connect(new GraphQLWsLink(socket)), close: () => void socket.dispose() };
  },
};

export const apollo4Multipart: Library = {
  name: 'Apollo Client 4: multipart',
  transport: 'multipart',
  connect: (url, token) => connect(multipart(url, token)),
};
