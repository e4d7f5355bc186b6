import { createClient } from 'graphql-sse';

import { authorization, type Library } from './client.ts';
import { resuming } from './resuming.ts';

export function connectEvents(url: string, token: () => string | undefined) {
  return createClient({
    url,
    headers: () => authorization(token()),
    retryAttempts: 0, // resume does it, and does not repeat what cannot succeed
  });
}

export const graphqlSSE: Library = {
  name: 'graphql-sse',
  transport: 'events',
  connect: (url, token) => resuming(connectEvents(url, token)),
};
