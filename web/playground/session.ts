import { useSyncExternalStore } from 'react';

import { forget, keep, restored, signOutEverywhere, watchSession, type Kept, type Session } from '../session/session.ts';
import { post } from './endpoint';
import documents from './persisted-documents.json';

let state: Kept = restored();
const listeners = new Set<() => void>();
watchSession(() => state.session, change);

/** Returns the session, or the username of an ended session. Renders again when it changes. */
export function useSession(): Kept {
  return useSyncExternalStore(subscribe, () => state);
}

// Identified by its id: a server with --trusted-only trusts this document, because it serves this page.
const [SIGN_IN] = Object.keys(documents);

/** Signs in. Returns the error message, or undefined after success. */
export async function signIn(username: string, password: string): Promise<string | undefined> {
  const { answer } = await post({ documentId: SIGN_IN, variables: { input: { username, password } } });
  const login = answer.data?.['login'] as { token: string; tokenExpiresAt: string } | null | undefined;
  if (!login) return answer.errors?.[0]?.message ?? 'The server did not give a reason.';
  const session = { username, token: login.token, expiresAt: login.tokenExpiresAt };
  keep(session);
  change({ session });
  return undefined;
}

/** Signs out. */
export function signOut(): void {
  signOutEverywhere(state.session?.username);
  change({});
}

/** Removes a session that the server rejects, unless a newer session has started. */
export function endSession(session: Session): void {
  forget(session.token);
  if (state.session === session) change({ ended: session.username });
}

function change(next: Kept): void {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
