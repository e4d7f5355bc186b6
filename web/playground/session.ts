import { useSyncExternalStore } from 'react';

import { post } from './endpoint';
import documents from './persisted-documents.json';

/** Somebody who is signed in. */
export interface Session {
  username: string;
  /** Sent as `Authorization: Bearer …`. */
  token: string;
  /** When the token ends, as the server wrote it. */
  expiresAt: string;
}

interface State {
  session?: Session;
  /** Whose session ended without their doing. */
  ended?: string;
}

// The browser keeps it for this tab alone, and forgets it when the tab is closed. The explorer has it under the same key,
// in the same form: whoever is signed in there is so here.
const KEY = 'followgraph:session';

let state = restored();
const listeners = new Set<() => void>();

/** Who is signed in, and whose session ended. Renders anew when that changes. */
export function useSession(): State {
  return useSyncExternalStore(subscribe, () => state);
}

// Named, not sent: a server that runs nothing but trusted documents trusts this one, which it serves the page with.
const [SIGN_IN] = Object.keys(documents);

/** Signs in. The result says why it did not work; undefined: it did. */
export async function signIn(username: string, password: string): Promise<string | undefined> {
  const { answer } = await post({ documentId: SIGN_IN, variables: { input: { username, password } } });
  const login = answer.data?.['login'] as { token: string; tokenExpiresAt: string } | null | undefined;
  if (!login) return answer.errors?.[0]?.message ?? 'The server did not say why.';
  change({ session: { username, token: login.token, expiresAt: login.tokenExpiresAt } });
  return undefined;
}

/** Forgets who is signed in. */
export function signOut(): void {
  change({});
}

/** Forgets a session that the server takes no longer, unless another one has begun since. */
export function endSession(session: Session): void {
  if (state.session === session) change({ ended: session.username });
}

function change(next: State): void {
  state = next;
  try {
    if (next.session) sessionStorage.setItem(KEY, JSON.stringify(next.session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the session ends with the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What this tab kept when the page was left. */
function restored(): State {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Session | null;
    if (!session) return {};
    return Date.parse(session.expiresAt) > Date.now() ? { session } : { ended: session.username };
  } catch {
    return {}; // storage that is switched off, or that another page of this host wrote
  }
}
