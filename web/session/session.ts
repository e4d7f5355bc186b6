/** Who is signed in, as a tab keeps it: both pages read and write it, so that one sign-in is good for both. */
export interface Session {
  username: string;
  /** Sent as `Authorization: Bearer …`. */
  token: string;
  /** When the token ends, as the API writes times. */
  expiresAt: string;
}

/** What a tab knows: the session, or whose has ended meanwhile. */
export interface Kept {
  session?: Session;
  ended?: string;
}

/** Under this name in the tab's own storage, which ends with the tab. */
const KEY = 'followgraph:session';

/** What this tab kept when a page was left. */
export function restored(): Kept {
  try {
    const { username, token, expiresAt } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Session>;
    if (!username || !token || !expiresAt) return {};
    return Date.parse(expiresAt) > Date.now() ? { session: { username, token, expiresAt } } : { ended: username };
  } catch {
    return {}; // storage that is switched off, or that another page of this host wrote
  }
}

/** Keeps a session for this tab, or none. */
export function keep(session: Session | undefined): void {
  try {
    if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the session ends with the page.
  }
}
