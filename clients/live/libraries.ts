import { apollo3Multipart, apollo3Socket } from '../apollo/live3.ts';
import { apollo4Multipart, apollo4Socket } from '../apollo/live.ts';
import { relayEvents, relaySocket } from '../relay/live.ts';
import { urqlEvents, urqlSocket } from '../urql/live.ts';
import type { Library } from './client.ts';
import { graphqlSSE } from './graphql-sse.ts';
import { graphqlWS } from './graphql-ws.ts';

/** Every client library with every transport that it has. */
export const libraries: readonly Library[] = [
  graphqlWS,
  graphqlSSE,
  apollo4Socket,
  apollo4Multipart,
  apollo3Socket,
  apollo3Multipart,
  urqlSocket,
  urqlEvents,
  relaySocket,
  relayEvents,
];
