import { useEffect, useEffectEvent } from 'react';
import type { CombinedError } from 'urql';

import { isUnauthenticated } from './client.ts';
import { useSession } from './session.tsx';

/** Returns the message of an error: the message of the server, or why there is no answer. */
export function messageOf(error: CombinedError): string {
  const [first] = error.graphQLErrors;
  if (first) {
    const wait = first.extensions['retryAfter'];
    const isSaid = typeof wait !== 'number' || /try again/i.test(first.message);
    return isSaid ? sentence(first.message) : `${sentence(first.message)} Try again in ${seconds(wait)}.`;
  }
  if (isOffline(error)) return 'You are offline.';
  if (error.networkError?.name === 'TimeoutError') return 'The server did not respond in time.';
  if (!error.response) return `The server at ${location.origin} does not respond.`;
  return `The server returned status ${(error.response as Response).status} without a readable error.`;
}

/** What a part of the page says that continues by itself. */
export const WAITS = 'The page continues when you are online again.';

function isOffline(error: CombinedError): boolean {
  return !error.response && error.graphQLErrors.length === 0 && !navigator.onLine;
}

/** Returns a message as a sentence. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function seconds(count: number): string {
  return new Intl.NumberFormat(undefined, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(count);
}

/** The time after a reconnect in which requests are retried, and the interval of retries, in milliseconds. */
const NEW = 10_000;
const PAUSE = 1_000;

/** The time of the last reconnect. Browsers report it shortly before requests succeed. */
let backAt = -NEW;
addEventListener('online', () => (backAt = performance.now()));

/**
 * Shows an error with a button: sign in if the server requires it, otherwise try again. After a network error it
 * retries automatically when the network is back.
 */
export function Fault({ error, retry }: { error: CombinedError; retry: () => void }) {
  const { session, askToSignIn } = useSession();
  const again = useEffectEvent(retry);
  useEffect(() => {
    if (!error.networkError) return;
    const back = () => again();
    addEventListener('online', back);
    const timer = performance.now() - backAt < NEW ? setTimeout(back, PAUSE) : undefined;
    return () => {
      removeEventListener('online', back);
      clearTimeout(timer);
    };
  }, [error]);
  const signInHelps = !session && isUnauthenticated(error);
  return (
    <div className="fault" role="alert">
      <p>
        {messageOf(error)} {isOffline(error) && WAITS}
      </p>
      <button type="button" onClick={signInHelps ? () => askToSignIn() : retry}>
        {signInHelps ? 'Sign in' : 'Try again'}
      </button>
    </div>
  );
}
