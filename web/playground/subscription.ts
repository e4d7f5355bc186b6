import { createClient } from 'graphql-ws';

import type { Report } from './report';

interface Subscription {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string | null | undefined;
}

interface Sink {
  next(result: object): void;
  complete(): void;
}

/** The codes with which the server closes connections whose token is not valid. */
const REFUSED: unknown[] = [4401, 4403];

/**
 * Runs a subscription until the user stops it. After a lost connection it continues after the last event.
 *
 * @param headers the headers of the request. A WebSocket cannot send them, so only `Authorization` has an effect
 * @param refused called if the server does not accept the token
 * @param report called after each event
 */
export function subscribe(
  operation: Subscription,
  headers: Record<string, unknown>,
  { refused, report }: { refused: () => void; report: (report: Report) => void },
) {
  return {
    subscribe(sink: Sink): { unsubscribe(): void } {
      const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
      const begin = performance.now();
      let [events, bytes] = [0, 0];
      let wasOpen = false;
      let position: unknown;
      const client = createClient({
        url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
        ...(authorization !== undefined && { connectionParams: { authorization } }),
        // Browsers report lost connections as events. Errors are faults of the operation.
        shouldRetry: (reason) => wasOpen && !(reason instanceof Error) && !REFUSED.includes((reason as Closed).code),
        on: { connected: () => (wasOpen = true) },
      });
      const payload = {
        ...operation,
        // Read again each time when the subscription is sent.
        get extensions() {
          return position === undefined ? {} : { position };
        },
      };
      const unsubscribe = client.subscribe<Record<string, unknown>, { position?: unknown }>(payload, {
        next(event) {
          position = event.extensions?.position ?? position;
          events += 1;
          bytes += new TextEncoder().encode(JSON.stringify(event)).length;
          report({ events, bytes, milliseconds: performance.now() - begin });
          sink.next(event);
        },
        error(reason) {
          if (REFUSED.includes((reason as Closed | undefined)?.code)) refused();
          sink.next({ errors: errorsOf(reason) });
          sink.complete();
        },
        complete: () => sink.complete(),
      });
      return { unsubscribe };
    },
  };
}

/** Why a WebSocket was closed, if the server said it. */
interface Closed {
  code?: number;
  reason?: string;
}

/** Returns the errors of the server, or an error that explains why there is no connection. */
function errorsOf(reason: unknown): readonly object[] {
  if (Array.isArray(reason)) return reason as object[];
  if (reason instanceof Error) return [{ message: reason.message }];
  const { code, reason: text } = reason as Closed;
  if (text) return [{ message: `The server closed the connection: ${text} (${code}).` }];
  return [
    {
      message:
        `There is no connection for subscriptions to ${location.host}. Check that the server is running ` +
        '("followgraph serve"), and that proxies in front of it pass WebSockets on. Then try again.',
    },
  ];
}
