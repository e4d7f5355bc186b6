/** A session. All pages of this server read and write it, so one sign-in works for all of them. */
export interface Session {
  username: string;
  /** Sent as `Authorization: Bearer …`. */
  token: string;
  /** When the token expires, in the format of the API. */
  expiresAt: string;
  /** Whether the session stays on this device after the tab is closed. All tabs share such a session. */
  stays?: boolean;
}

/** The state of a page: the session, or the username of a session that has ended. */
export interface Kept {
  session?: Session;
  ended?: string;
}

/** The key in both storages, and the name of the channel to the other tabs. */
const KEY = 'followgraph:session';

/** The session storage of the tab, then the local storage of the device. A storage can be disabled: then it throws. */
const STORAGES = [() => sessionStorage, () => localStorage];

/** Returns the stored state: the session of this tab, else the session of this device. */
export function restored(): Kept {
  let ended: string | undefined;
  for (const [index, storage] of STORAGES.entries()) {
    const session = read(storage);
    if (!session) continue;
    if (!hasExpired(session)) return { session: { ...session, stays: index === 1 } };
    ended ??= session.username;
  }
  return ended === undefined ? {} : { ended };
}

/** Stores the session of this tab or of this device. */
export function keep(session: Session): void {
  try {
    const [here, other] = session.stays ? [localStorage, sessionStorage] : [sessionStorage, localStorage];
    // The other one has the same account if the caller changed their mind, or nothing.
    if (read(() => other)?.username === session.username) other.removeItem(KEY);
    here.setItem(KEY, JSON.stringify(session));
  } catch {
    // Without storage, the session ends with the page.
  }
}

/** Removes stored sessions: the session with this token, and all that have expired. Newer sessions stay. */
export function forget(token: string | undefined): void {
  remove((session) => session.token === token || hasExpired(session));
}

/** Removes all stored sessions, and signs this user out in all tabs. */
export function signOutEverywhere(username: string | undefined): void {
  remove(() => true);
  const channel = new BroadcastChannel(KEY);
  channel.postMessage(username);
  channel.close();
}

/**
 * Calls a function when this page has another session, because of another tab or of another page in this tab, until the
 * returned function is called. A tab with its own session does not take the session of the device.
 *
 * @param current returns the session of this page
 */
export function watchSession(current: () => Session | undefined, changed: (kept: Kept) => void): () => void {
  function stored({ storageArea, key }: StorageEvent) {
    const session = current();
    const isOwn = session !== undefined && !session.stays;
    if (!isOwn && (key === KEY || key === null) && isLocal(storageArea)) changed(restored());
  }
  /** The browser shows the page as it was left. The tab can have another session since then. */
  function shown({ persisted }: PageTransitionEvent) {
    if (persisted) changed(restored());
  }
  const channel = new BroadcastChannel(KEY);
  channel.onmessage = ({ data: username }) => {
    if (username !== current()?.username) return;
    remove((session) => session.username === username);
    changed({});
  };
  addEventListener('storage', stored);
  addEventListener('pageshow', shown);
  return () => {
    channel.close();
    removeEventListener('storage', stored);
    removeEventListener('pageshow', shown);
  };
}

/** Returns the milliseconds until a session expires, by the clock of this device. */
export function timeLeft({ expiresAt }: Session): number {
  return Date.parse(expiresAt) - Date.now();
}

function hasExpired(session: Session): boolean {
  return !(timeLeft(session) > 0); // also if the time is no time
}

function read(storage: () => Storage): Session | undefined {
  try {
    const value = JSON.parse(storage().getItem(KEY) ?? '{}') as Partial<Record<keyof Session, unknown>> | null;
    const { username, token, expiresAt } = value ?? {};
    return isText(username) && isText(token) && isText(expiresAt) ? { username, token, expiresAt } : undefined;
  } catch {
    return undefined; // storage is disabled, or another page of this host wrote the value
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function remove(isGone: (session: Session) => boolean): void {
  for (const storage of STORAGES) {
    const session = read(storage);
    if (session && isGone(session)) storage().removeItem(KEY);
  }
}

function isLocal(area: Storage | null): boolean {
  try {
    return area === localStorage;
  } catch {
    return false;
  }
}
