// Node 20 has no WebSocket, and Apollo's link reads the global one.
import { setTimeout } from 'node:timers/promises';

import WebSocket from 'ws';
import { createClient } from 'graphql-ws';

import { resume, type Extensions } from '../../examples/subscription/resume.ts';
import { authorization, FOLLOWERS_CHANGED, FOLLOWERS_GAINED, type Library, type Receiver } from './client.ts';

Object.assign(globalThis, { WebSocket });

export function connectSocket(url: string, token: () => string | undefined) {
  return createClient({
    url: url.replace('http', 'ws'),
    connectionParams: () => authorization(token()),
    retryAttempts: Infinity,
    retryWait: (retries) => setTimeout(Math.random() * Math.min(30_000, 500 * 2 ** retries)),
  });
}

export const graphqlWS: Library = {
  name: 'graphql-ws',
  transport: 'websocket',
  connect(url, token) {
    const client = connectSocket(url, token);
    function subscribe<Data>(query: string, variables: object, receiver: Receiver<Data>, position?: string) {
      const extensions: Extensions = position ? { position } : {};
      const request = { query, variables: { ...variables }, extensions };
      const stop = resume(extensions, (sink) => client.subscribe<Data, Extensions>(request, sink), {
        next({ data, errors }) {
          if (data) receiver.next(data as Data, extensions['position'] as string);
          else receiver.error(errors);
        },
        error: (error) => receiver.error(error),
        complete: () => receiver.complete(),
      });
      return stop;
    }
    return {
      followersChanged: (id, receiver, position) => subscribe(FOLLOWERS_CHANGED, { id }, receiver, position),
      followersGained: (receiver, position) => subscribe(FOLLOWERS_GAINED, {}, receiver, position),
      close: () => void client.dispose(),
    };
  },
};
