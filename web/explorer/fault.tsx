import { useEffect, useEffectEvent } from 'react';
import type { CombinedError } from 'urql';

import { useSession } from './session.tsx';

/** What went wrong, for people: the server's own words, which name the limit, or that there was no answer. */
export function messageOf(error: CombinedError): string {
  const [first] = error.graphQLErrors;
  if (first) {
    const wait = first.extensions['retryAfter'];
    const isSaid = typeof wait !== 'number' || /try again/i.test(first.message);
    return isSaid ? sentence(first.message) : `${sentence(first.message)} Try again in ${seconds(wait)}.`;
  }
  if (error.networkError?.name === 'TimeoutError') return 'The server did not answer in time.';
  if (!error.response) return `The server at ${location.origin} does not answer.`;
  return `The server answered with status ${(error.response as Response).status} and nothing that can be shown.`;
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function seconds(count: number): string {
  return new Intl.NumberFormat(undefined, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(count);
}

/** For how long the network is new when it is back, and how often one tries until then, in milliseconds. */
const NEW = 10_000;
const PAUSE = 1_000;

/** When the network was back the last time: browsers say so a moment before requests succeed. */
let backAt = -NEW;
addEventListener('online', () => (backAt = performance.now()));

/**
 * Says that something could not be shown, and offers what helps: to sign in where the server asks for it, else to try
 * again. Where the network was gone, that happens by itself when it is back.
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
  const signInHelps = !session && error.graphQLErrors.some(({ extensions }) => extensions['code'] === 'UNAUTHENTICATED');
  return (
    <div className="fault" role="alert">
      <p>{messageOf(error)}</p>
      <button type="button" onClick={signInHelps ? () => askToSignIn() : retry}>
        {signInHelps ? 'Sign in' : 'Try again'}
      </button>
    </div>
  );
}
