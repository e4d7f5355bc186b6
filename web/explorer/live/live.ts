import type { Client as Socket } from 'graphql-ws';
import type { Client } from 'urql';

import {
  CurrentDocument,
  FollowersChangedDocument,
  FollowersDocument,
  RelationsChangedDocument,
  StatsChangedDocument,
  ViewerDocument,
  type FollowersChangedSubscription,
} from '../__generated__/graphql.ts';
import { older } from '../position.ts';
import { Feed, type Fault } from './feed.ts';

/** The maximum number of users of a subscription. */
const MOST = 100;

/** The time in which changes of the page are collected before the subscriptions change, in milliseconds. */
const REST = 300;

/** The time without an answer after which the first subscriptions begin, so that they do not delay the page. */
const SETTLE = 1_000;

/** The time before subscriptions that failed begin again, in milliseconds. It doubles up to the maximum. */
const PAUSE = 2_000;
const MOST_PAUSE = 60_000;

/** Which users get live data if there are too many: the user of the page, then visible rows, then the drawing. */
export const RANK = { profile: 0, row: 1, drawing: 2 } as const;

interface Shown {
  ids: readonly string[];
  rank: number;
}

type FollowerChange = FollowersChangedSubscription['followersChanged']['changes'][number];

/** A user whose list of followers is shown. */
interface Followed {
  id: string;
  username: string;
}

interface FollowersListener {
  changed(changes: readonly FollowerChange[]): void;
  /** Called after changes that are not known any more, with the cursor of the newest follower. */
  missed(newest: string): void;
}

/** The live data of each client. */
const all = new WeakMap<Client, Live>();

/**
 * Keeps the shown users current with at most three subscriptions: counts, relations to the viewer, and the followers of
 * one user. The cache takes what they report, so it appears everywhere. Nothing depends on it: without subscriptions the
 * page shows what it loaded, and failures are silent.
 */
export class Live {
  readonly #client: Client;
  readonly #token: string | undefined;
  readonly #stats;
  readonly #relations;
  readonly #followers;
  readonly #shown = new Set<Shown>();
  /** The users of the subscriptions, the latest first. Users who are not shown any more stay while there is room. */
  #covered: readonly string[] = [];
  /** For users who lost their subscription, the position up to which their data is current. */
  readonly #left = new Map<string, string>();
  #followed: { user: Followed; listener: FollowersListener } | undefined;
  readonly #listeners = new Set<(ids: readonly string[]) => void>();
  readonly #observer: IntersectionObserver;
  readonly #rows = new WeakMap<Element, { id: string; hide: (() => void) | undefined }>();
  #socket: Promise<Socket> | undefined;
  #timer: number | undefined;
  #check: number | undefined;
  #hasBegun = false;
  /** The failures since the last event. */
  #failures = 0;
  #isClosed = false;

  /** Returns the live data of a client of this page. */
  static of(client: Client): Live {
    return all.get(client)!;
  }

  /** @param token the token of the caller, if signed in */
  constructor(client: Client, token: string | undefined) {
    all.set(client, this);
    this.#client = client;
    this.#token = token;
    const socket = () => (this.#socket ??= import('./socket.ts').then(({ open }) => open(token)));
    this.#stats = new Feed(client, socket, StatsChangedDocument, {
      event: ({ statsChanged }) => {
        this.#failures = 0;
        this.#tell(statsChanged.users.map(({ id }) => id));
      },
      ended: (fault) => this.#ended(this.#stats, fault, () => this.#readUsers()),
    });
    this.#relations = new Feed(client, socket, RelationsChangedDocument, {
      event: () => {},
      ended: (fault) => this.#ended(this.#relations, fault, () => this.#readUsers()),
    });
    this.#followers = new Feed(client, socket, FollowersChangedDocument, {
      event: ({ followersChanged }) => this.#followed?.listener.changed(followersChanged.changes),
      ended: (fault) => this.#ended(this.#followers, fault, () => this.#readNewest()),
    });
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#seen(target, isIntersecting);
    });
    document.addEventListener('visibilitychange', this.#again);
    addEventListener('online', this.#again);
  }

  /** Ends it for good. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#check);
    this.#observer.disconnect();
    document.removeEventListener('visibilitychange', this.#again);
    removeEventListener('online', this.#again);
    this.#stop();
    this.#socket?.then((socket) => socket.dispose()).catch(() => {}); // it was not open
  }

  /** Notes the position of an answer. */
  arrived(position: string): void {
    for (const feed of [this.#stats, this.#relations, this.#followers]) feed.arrived(position);
    if (!this.#hasBegun) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (!this.#hasBegun || this.#stats.isBehind || this.#relations.isBehind) this.#soon();
  }

  /** Keeps users current until the returned function is called. */
  show(ids: readonly string[], rank: number): () => void {
    const shown = { ids, rank };
    this.#shown.add(shown);
    this.#soon();
    return () => void this.#shown.delete(shown);
  }

  /** Keeps a user current while an element is visible, until the returned function is called. */
  watch(element: Element, id: string): () => void {
    this.#rows.set(element, { id, hide: undefined });
    this.#observer.observe(element);
    return () => {
      this.#observer.unobserve(element);
      this.#seen(element, false);
    };
  }

  /** Calls a function with the users whose counts changed, until the returned function is called. */
  listen(changed: (ids: readonly string[]) => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  /**
   * Reports the gained and lost followers of a user, until the returned function is called. One user at a time.
   *
   * @param since the newest position before the list of followers was requested
   */
  follow(user: Followed, since: string | undefined, listener: FollowersListener): () => void {
    const followed = (this.#followed = { user, listener });
    this.#followers.stop();
    // Without it, the page has just been opened, and the feed knows the position of the first answer.
    if (since !== undefined) {
      this.#followers.forget();
      this.#followers.arrived(since);
    }
    this.#soon();
    return () => {
      if (this.#followed !== followed) return;
      this.#followed = undefined;
      this.#followers.stop();
    };
  }

  #seen(element: Element, isVisible: boolean): void {
    const row = this.#rows.get(element);
    if (!row) return;
    row.hide?.();
    row.hide = isVisible ? this.show([row.id], RANK.row) : undefined;
  }

  #tell(ids: readonly string[]): void {
    for (const changed of this.#listeners) changed(ids);
  }

  #soon(milliseconds = this.#hasBegun ? REST : SETTLE): void {
    if (!this.#isClosed) this.#timer ??= window.setTimeout(() => this.#plan(), milliseconds);
  }

  /** Tries again after a failure, at different times for different pages. */
  #later(minimum = 0): void {
    const pause = Math.min(MOST_PAUSE, PAUSE * 2 ** this.#failures++) * (0.5 + Math.random());
    this.#soon(Math.max(minimum, pause));
  }

  /** Pauses while the tab is hidden, and continues after it. Also called when the network is back. */
  readonly #again = () => {
    if (document.hidden) this.#stop();
    else this.#now();
  };

  #now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#soon(0);
  }

  #stop(): void {
    for (const feed of [this.#stats, this.#relations, this.#followers]) feed.stop();
  }

  /** Begins the subscriptions that are missing, have other users now, or must report something again. */
  #plan(): void {
    this.#timer = undefined;
    if (this.#isClosed || document.hidden) return;
    this.#hasBegun = true;
    const before = new Set(this.#covered);
    const shown = [...this.#shown].sort((a, b) => a.rank - b.rank).flatMap(({ ids }) => ids);
    const wanted = [...new Set(shown)].slice(0, MOST);
    const isNew = wanted.some((id) => !before.has(id));
    if (isNew) this.#covered = [...new Set([...wanted, ...before])].slice(0, MOST);
    const users = [this.#stats, ...(this.#token === undefined ? [] : [this.#relations])];
    if (wanted.length > 0 && users.some((feed) => !feed.isRefused && (isNew || !feed.isRunning || feed.isBehind))) {
      const since = this.#since(before);
      // In a fixed order, so that the server recognizes the same subscription of another page.
      const userIds = [...this.#covered].sort();
      for (const feed of users) if (!feed.isRefused) feed.begin({ userIds }, since);
    }
    const followed = this.#followed?.user.id;
    if (followed !== undefined && !this.#followers.isRunning && !this.#followers.isRefused) {
      this.#followers.begin({ userId: followed });
    }
  }

  /** Returns the position up to which the users who come back are current, and notes it for the users who leave. */
  #since(before: ReadonlySet<string>): string | undefined {
    const at = older(this.#stats.at, this.#relations.at);
    const now = new Set(this.#covered);
    let since: string | undefined;
    for (const id of before) if (!now.has(id) && at !== undefined) this.#left.set(id, at);
    for (const id of now) {
      since = older(since, this.#left.get(id));
      this.#left.delete(id);
    }
    return since;
  }

  #ended(feed: { isRefused: boolean; forget(): void }, { code, retryAfter }: Fault, read: () => void): void {
    if (this.#isClosed) return;
    switch (code) {
      case 'SUBSCRIPTIONS_NOT_SUPPORTED':
        return this.close();
      case 'POSITION_EXPIRED':
        feed.forget();
        return read();
      case 'RATE_LIMITED':
      case 'OVERLOADED':
      case 'UNAVAILABLE':
      case 'TIMEOUT':
      case 'CANCELED':
      case 'INTERNAL_SERVER_ERROR':
        return this.#later(1000 * retryAfter);
      case 4401:
      case 4403:
      case 'UNAUTHENTICATED':
        this.#checkSession();
        return this.#later();
      default:
        // A closed connection was opened again for minutes. `again` tries it when there is a reason.
        if (typeof code === 'string') feed.isRefused = true;
    }
  }

  /**
   * The session has perhaps ended: its client finds out. Not at once, because this page can be ending it, by deleting the
   * account.
   */
  #checkSession(): void {
    this.#check ??= window.setTimeout(() => {
      this.#check = undefined;
      void this.#client.query(ViewerDocument, {}, { requestPolicy: 'network-only' }).toPromise();
    }, SETTLE);
  }

  /** Reads the users again after a gap. The subscriptions continue after the answer. */
  #readUsers(): void {
    this.#left.clear();
    const ids = this.#covered;
    void this.#client
      .query(CurrentDocument, { ids: [...ids] }, { requestPolicy: 'network-only', preferGetMethod: false })
      .toPromise()
      .then(({ data }) => {
        if (this.#isClosed) return;
        if (!data) return this.#later();
        this.#tell(ids);
        this.#now();
      });
  }

  #readNewest(): void {
    const followed = this.#followed;
    if (!followed) return;
    void this.#client
      .query(FollowersDocument, { username: followed.user.username, first: 1 }, { requestPolicy: 'network-only' })
      .toPromise()
      .then(({ data }) => {
        if (this.#isClosed || this.#followed !== followed) return;
        if (!data) return this.#later();
        const [newest] = data.user?.followers.edges ?? [];
        if (newest) followed.listener.missed(newest.cursor);
        this.#now();
      });
  }
}
