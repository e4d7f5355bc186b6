/** Subscriptions with urql: over graphql-ws, over graphql-sse, and by its own fetchExchange. */
import {
  Client,
  createRequest,
  fetchExchange,
  subscriptionExchange,
  type AnyVariables,
  type Exchange,
  type ExecutionResult,
  type TypedDocumentNode,
} from '@urql/core';

import { followersChangedDocument, followersGainedDocument } from '../codegen/documents.ts';
import { resume, type Extensions, type Sink } from '../../examples/subscription/resume.ts';
import { authorization, type Library, type LiveClient, type Receiver } from '../live/client.ts';
import { connectEvents } from '../live/graphql-sse.ts';
import { connectSocket } from '../live/graphql-ws.ts';

/** The clients of graphql-ws and graphql-sse. */
interface Sender {
  subscribe(request: { query: string; extensions: Extensions }, sink: Sink<any>): () => void;
}

export function subscriptions(client: Sender): Exchange {
  return subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe(sink) {
        const extensions: Extensions = { ...request.extensions };
        const body = { ...request, query: request.query ?? '', extensions };
        const begin = (inner: Sink<ExecutionResult>) => client.subscribe(body, inner);
        return { unsubscribe: resume(extensions, begin, sink as Sink<ExecutionResult>) };
      },
    }),
  });
}

/** Returns the client with exchanges that send its subscriptions. */
export function connect(url: string, exchanges: Exchange[], token: () => string | undefined): LiveClient {
  const client = new Client({
    url,
    exchanges: [...exchanges, fetchExchange],
    preferGetMethod: false,
    fetchSubscriptions: exchanges.length === 0,
    fetchOptions: () => ({ headers: authorization(token()) }),
  });
  function subscribe<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    receiver: Receiver<Data>,
    position?: string,
  ) {
    const request = createRequest<Data, Variables>(document, variables, position ? { position } : {});
    let latest = position;
    const results = client.executeSubscription<Data, Variables>(request);
    const { unsubscribe } = results.subscribe(({ data, error, extensions }) => {
      latest = (extensions?.['position'] as string | undefined) ?? latest;
      if (error) receiver.error(error);
      else receiver.next(data as Data, latest);
    });
    return unsubscribe;
  }
  return {
    followersChanged: (id, receiver, position) => subscribe(followersChangedDocument, { id }, receiver, position),
    followersGained: (receiver, position) => subscribe(followersGainedDocument, {}, receiver, position),
    close: () => {},
  };
}

export const urqlSocket: Library = {
  name: 'urql: graphql-ws',
  transport: 'websocket',
  connect(url, token) {
    const socket = connectSocket(url, token);
    return { ...connect(url, [subscriptions(socket)], token), close: () => void socket.dispose() };
  },
};

export const urqlEvents: Library = {
  name: 'urql: graphql-sse',
  transport: 'events',
  connect(url, token) {
    const events = connectEvents(url, token);
    return { ...connect(url, [subscriptions(events)], token), close: () => events.dispose() };
  },
};
