import type { Client, CombinedError } from 'urql';

import { SIDES, withFormer, withoutViewer, type Page } from './graph.ts';
import { watchPages, watchTop, type Cursors, type Stop, type Watcher } from './load.ts';
import { isLive, keyOf, requestOf, type Portion } from './portion.ts';
import type { Watches } from './watches.ts';

/** A portion of the plan and what was loaded of it. */
export interface Loaded {
  portion: Portion;
  status: 'waiting' | 'loading' | 'loaded' | 'failed';
  /** The pages by request. */
  pages: Page[][];
  stops: Stop[];
  /** Whether screen readers were given the result. */
  isSaid: boolean;
}

interface Owner {
  /** Returns the username of the signed-in caller. */
  viewer(): string | undefined;
  /** Reports whether the graph has no room for more people. */
  isFull(): boolean;
  /** A portion has loaded, or failed to. */
  settled(): void;
  /** A portion that had failed begins to load again. */
  began(): void;
  /** The pages of a portion that had loaded have changed. */
  renewed(): void;
  failed(request: string, error: CombinedError, retry: () => void): void;
  succeeded(request: string): void;
}

/** Loads the portions of a plan. Their pages change with the cache until the plan lacks the portion. */
export class PortionLoader {
  /** The portions by key, in the order of the plan. */
  #portions = new Map<string, Loaded>();

  constructor(
    readonly watches: Watches,
    readonly owner: Owner,
  ) {}

  get all(): Loaded[] {
    return [...this.#portions.values()];
  }

  get pending(): Loaded[] {
    return this.all.filter(isPending);
  }

  /** The usernames of the plan that no user has. A user has pages, also without followers. */
  get unknown(): string[] {
    const missing = this.all.filter(({ portion, status, pages }) => {
      return portion.index === 0 && !portion.isMiddle && status === 'loaded' && pages.flat().length === 0;
    });
    return missing.map(({ portion }) => portion.username);
  }

  /** Returns the keys of the failed portions of a person. */
  failedOf(username: string): string[] {
    const failed = this.all.filter(({ portion, status }) => portion.username === username && status === 'failed');
    return failed.map(({ portion }) => keyOf(portion));
  }

  /** Reports whether a person is on a page that changes with the cache. */
  isLive(id: string): boolean {
    const live = this.all.filter(({ portion }) => isLive(portion));
    return live.some(({ pages }) => pages.flat().some(({ people }) => people.some((each) => each.id === id)));
  }

  /** Removes the fields that depend on the viewer. */
  forgetViewer(): void {
    for (const loaded of this.#portions.values()) {
      loaded.pages = loaded.pages.map((pages) =>
        pages.map((page) => ({
          ...page,
          people: page.people.map(withoutViewer),
          former: (page.former ?? []).map(withoutViewer),
        })),
      );
    }
  }

  /** Sets the portions. Those that had loaded stay. Returns the keys of the removed portions. `start` loads the others. */
  set(wanted: readonly Portion[]): string[] {
    const before = this.#portions;
    this.#portions = new Map();
    for (const portion of wanted) {
      const key = keyOf(portion);
      this.#portions.set(key, before.get(key) ?? { portion, status: 'waiting', pages: [], stops: [], isSaid: false });
    }
    const removed = [...before].filter(([key]) => !this.#portions.has(key));
    for (const [, { stops }] of removed) for (const stop of stops) stop();
    return removed.map(([key]) => key);
  }

  /** Starts the portions that can start: a portion that continues another needs its cursors. */
  start(): void {
    for (const loaded of this.#portions.values()) {
      if (loaded.status !== 'waiting') continue;
      const request = requestOf(loaded.portion);
      if (request.kind === 'top') {
        loaded.status = 'loading';
        this.#watch(loaded, (client, watcher) => {
          const { username } = loaded.portion;
          const { mutual, first } = request;
          // The cache changes the lists of others when the viewer follows them, but not the viewer's own.
          const policy = username === this.owner.viewer() ? 'cache-and-network' : 'cache-first';
          return watchTop(client, { username, mutual, first }, watcher, policy);
        });
        continue;
      }
      const before = request.isContinued ? this.#before(loaded) : undefined;
      if (request.isContinued && before?.status !== 'loaded') continue;
      loaded.status = 'loading';
      this.#nextPage(loaded, request.first, request.pages, before?.pages.at(-1));
    }
  }

  #before({ portion }: Loaded): Loaded | undefined {
    return this.#portions.get(keyOf({ ...portion, index: portion.index - 1 }));
  }

  /** Loads the next pages of both lists after some pages, and then those after them. */
  #nextPage(loaded: Loaded, first: number, count: number, after: readonly Page[] | undefined): void {
    const cursors: Cursors = {};
    for (const side of SIDES) {
      if (!after) cursors[side] = { after: undefined };
      const next = after?.find((page) => page.side === side)?.next;
      if (next !== undefined) cursors[side] = { after: next };
    }
    const isEnd = Object.keys(cursors).length === 0 || this.owner.isFull();
    if (count === 0 || isEnd) return this.#settled(loaded, 'loaded');
    this.#watch(
      loaded,
      (client, watcher) => {
        const { username } = loaded.portion;
        return watchPages(client, { username, first, cursors, isLive: isLive(loaded.portion) }, watcher);
      },
      (pages) => this.#nextPage(loaded, first, count - 1, pages),
    );
  }

  /** Loads pages. Later changes of the pages in the cache change the graph. */
  #watch(
    loaded: Loaded,
    load: (client: Client, watcher: Watcher<Page[]>) => Stop,
    proceed: (pages: readonly Page[]) => void = () => this.#settled(loaded, 'loaded'),
  ): void {
    const place = loaded.pages.length;
    const isPending = () => loaded.pages.length <= place;
    const stop = this.watches.add<Page[]>({
      isUrgent: isPending,
      ask: load,
      next: (pages) => {
        const isFirst = isPending();
        if (!isFirst) return this.#renew(loaded, place, pages);
        loaded.pages[place] = pages;
        proceed(pages);
      },
      fault: (error, stop, isFirst) => {
        if (!isFirst) return; // the earlier result stays
        stop();
        if (!isPending()) return this.#failedAgain(loaded, place, load, error);
        this.#settled(loaded, 'failed');
        this.owner.failed(keyOf(loaded.portion), error, () => {
          loaded.status = 'loading';
          this.#watch(loaded, load, proceed);
          this.owner.began();
        });
      },
    });
    loaded.stops.push(stop);
  }

  /** Takes pages that changed. The people who were on them stay. */
  #renew(loaded: Loaded, place: number, pages: readonly Page[]): void {
    const before = loaded.pages[place]!;
    const isSame = (page: Page) => (other: Page) => other.side === page.side && other.source === page.source;
    loaded.pages[place] = pages.map((page) => withFormer(page, before.find(isSame(page))));
    this.owner.renewed();
  }

  /** Offers to load pages again that another caller had. */
  #failedAgain(
    loaded: Loaded,
    place: number,
    load: (client: Client, watcher: Watcher<Page[]>) => Stop,
    error: CombinedError,
  ): void {
    this.owner.failed(`${keyOf(loaded.portion)} ${place}`, error, () => {
      const stop = this.watches.add<Page[]>({
        isUrgent: () => false,
        ask: load,
        next: (pages) => this.#renew(loaded, place, pages),
        fault: (again, stop, isFirst) => {
          if (!isFirst) return;
          stop();
          this.#failedAgain(loaded, place, load, again);
        },
      });
      loaded.stops.push(stop);
    });
  }

  #settled(loaded: Loaded, status: 'loaded' | 'failed'): void {
    loaded.status = status;
    if (status === 'loaded') this.owner.succeeded(keyOf(loaded.portion));
    this.start();
    this.owner.settled();
  }
}

/** Reports whether a portion will still load. */
export function isPending({ status }: Loaded): boolean {
  return status === 'waiting' || status === 'loading';
}
