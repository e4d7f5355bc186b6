/** The session of a tab. Both pages read and write it, so one sign-in works for both. */
export interface Session {
  username: string;
  /** Sent as `Authorization: Bearer …`. */
  token: string;
  /** When the token expires, in the format of the API. */
  expiresAt: string;
}

/** The state of a tab: the session, or the username of a session that has ended. */
export interface Kept {
  session?: Session;
  ended?: string;
}

/** The key in the session storage of the tab. */
const KEY = 'followgraph:session';

/** Returns the stored state of this tab. */
export function restored(): Kept {
  try {
    const { username, token, expiresAt } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Session>;
    if (!username || !token || !expiresAt) return {};
    return Date.parse(expiresAt) > Date.now() ? { session: { username, token, expiresAt } } : { ended: username };
  } catch {
    return {}; // storage is disabled, or another page of this host wrote the value
  }
}

/** Stores the session of this tab, or removes it. */
export function keep(session: Session | undefined): void {
  try {
    if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage, the session ends with the page.
  }
}
