import { createClient, type Client } from 'graphql-ws';

/** The delays between attempts to connect, in milliseconds. After the last one, the page waits for a reason to try again. */
const DELAYS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 60_000];

/** The attempts if there was never a connection: perhaps a proxy does not pass WebSockets on. */
const FIRST_ATTEMPTS = 2;

/** The time without a subscription after which the connection is closed, in milliseconds. Subscriptions follow each other. */
const LINGER = 3_000;

/**
 * Opens one connection for all subscriptions of a caller. Connections of HTTP/1.1 would be too few: browsers have six for
 * all tabs of a server. It connects again by itself, and subscribes again with the current values of the payloads.
 */
export function open(token: string | undefined): Client {
  let wasOpen = false;
  let attempts = 0;
  return createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    ...(token && { connectionParams: { authorization: `Bearer ${token}` } }),
    // The library requires the text of the document, but the server gets only its id.
    jsonMessageReplacer: (key, value: unknown) => (key === 'query' && value === '' ? undefined : value),
    lazyCloseTimeout: LINGER,
    retryAttempts: DELAYS.length,
    // Browsers report failed connections as events. Errors are faults of this page.
    shouldRetry: (reason) => !(reason instanceof Error) && (wasOpen || attempts < FIRST_ATTEMPTS),
    retryWait: (retries) => waitFor(DELAYS[Math.min(retries, DELAYS.length - 1)]! * (0.5 + Math.random())),
    on: { connecting: () => attempts++, connected: () => (wasOpen = true) },
  });
}

/** Waits for a time, or until the network is back. */
function waitFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener('online', done);
  });
}
