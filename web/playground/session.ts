import { useSyncExternalStore } from 'react';

import { keep, restored, type Kept, type Session } from '../session/session.ts';
import { post } from './endpoint';
import documents from './persisted-documents.json';

let state: Kept = restored();
const listeners = new Set<() => void>();

/** Who is signed in, and whose session ended. Renders anew when that changes. */
export function useSession(): Kept {
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

function change(next: Kept): void {
  state = next;
  keep(next.session);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
