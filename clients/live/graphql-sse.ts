import { createClient } from 'graphql-sse';

import { resume, type Extensions } from '../../examples/subscription/resume.ts';
import { authorization, FOLLOWERS_CHANGED, FOLLOWERS_GAINED, type Library, type Receiver } from './client.ts';

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
  connect(url, token) {
    const client = connectEvents(url, token);
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
      close: () => client.dispose(),
    };
  },
};
