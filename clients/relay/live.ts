/** Subscriptions with Relay: over graphql-ws and graphql-sse, with documents identified by documentId. */
import {
  Environment,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
  type ConcreteRequest,
  type GraphQLResponse,
  type OperationType,
} from 'relay-runtime';

import { resume, type Extensions, type Sink } from '../../examples/subscription/resume.ts';
import type { Library, LiveClient, Receiver } from '../live/client.ts';
import { connectEvents } from '../live/graphql-sse.ts';
import { connectSocket } from '../live/graphql-ws.ts';
import changed, { type FollowersChangedSubscription } from './__generated__/FollowersChangedSubscription.graphql.ts';
import gained, { type FollowersGainedSubscription } from './__generated__/FollowersGainedSubscription.graphql.ts';

/** The clients of graphql-ws and graphql-sse. */
interface Sender {
  subscribe(request: { query: string; extensions: Extensions }, sink: Sink<GraphQLResponse>): () => void;
}

export function connect(client: Sender): Omit<LiveClient, 'close'> {
  let begin: string | undefined;
  const network = Network.create(
    () => Promise.reject(new Error('this network only has subscriptions')),
    (params, variables) =>
      Observable.create((sink) => {
        const extensions: Extensions = begin ? { position: begin } : {};
        const request = { documentId: params.id, query: '', variables, extensions };
        return resume(extensions, (inner: Sink<any>) => client.subscribe(request, inner), sink);
      }),
  );
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  function subscribe<Operation extends OperationType>(
    subscription: ConcreteRequest,
    variables: Operation['variables'],
    receiver: Receiver<any>,
    position?: string,
  ) {
    begin = position;
    return requestSubscription<Operation>(environment, {
      subscription,
      variables,
      onNext: (data) => receiver.next(data),
      onError: (error) => receiver.error(error),
      onCompleted: () => receiver.complete(),
    }).dispose;
  }
  return {
    followersChanged: (id, receiver, position) =>
      subscribe<FollowersChangedSubscription>(changed, { id }, receiver, position),
    followersGained: (receiver, position) => subscribe<FollowersGainedSubscription>(gained, {}, receiver, position),
  };
}

export const relaySocket: Library = {
  name: 'Relay: graphql-ws',
  transport: 'websocket',
  connect(url, token) {
    const socket = connectSocket(url, token);
    return { ...connect(socket as Sender), close: () => void socket.dispose() };
  },
};

export const relayEvents: Library = {
  name: 'Relay: graphql-sse',
  transport: 'events',
  connect(url, token) {
    const events = connectEvents(url, token);
    return { ...connect(events as Sender), close: () => events.dispose() };
  },
};
