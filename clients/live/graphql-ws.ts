// Node 20 has no WebSocket, and Apollo's link reads the global one.
import { setTimeout } from 'node:timers/promises';

import WebSocket from 'ws';
import { createClient } from 'graphql-ws';

import { authorization, type Library } from './client.ts';
import { resuming } from './resuming.ts';

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
  connect: (url, token) => resuming(connectSocket(url, token)),
};
