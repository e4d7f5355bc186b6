import type { CombinedError } from 'urql';

import { blocksOf, type Block } from './blocks.ts';
import type { Follow } from './graph.ts';
import { askFollows, type FollowsAnswer } from './load.ts';
import type { Watches } from './watches.ts';

/**
 * The maximum number of follows that are loaded among the people, besides those of their lists. More lines take long to
 * place and to paint.
 */
export const MOST_FOLLOWS = 400_000;

interface Owner {
  /** Follows begin to load. */
  began(): void;
  /** All follows have loaded, or failed to. */
  ended(): void;
  failed(error: CombinedError, retry: () => void): void;
}

/**
 * Loads the follows among people, one request after the other: at the maximum, the same people always lack the same
 * follows.
 */
export class Joins {
  /** The people whose follows of each other were all requested. */
  readonly #known = new Set<string>();
  #blocks: Block[] = [];
  #current: Block | undefined;
  #failed: Block[] = [];
  #loaded: Follow[] = [];
  #follows: readonly Follow[] = [];
  #missing: ReadonlySet<string> = new Set();
  readonly #ofLoaded = new Set<string>();

  constructor(
    readonly watches: Watches,
    readonly owner: Owner,
  ) {}

  /** The follows. Those of running requests are added together, because each change draws the whole graph again. */
  get follows(): readonly Follow[] {
    return this.#follows;
  }

  /** The people whose follows are over the maximum. Lines from them can be missing. */
  get missing(): ReadonlySet<string> {
    return this.#missing;
  }

  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /** Requests the follows among people that were not requested before. */
  ask(people: readonly string[]): void {
    const fresh = people.filter((id) => !this.#known.has(id));
    this.#blocks.push(...blocksOf([...this.#known], fresh));
    for (const id of fresh) this.#known.add(id);
    if (this.#blocks.length > 0) this.#begin();
  }

  #begin(): void {
    if (this.isBusy) return;
    this.#next();
    if (this.isBusy) this.owner.began();
  }

  #next(): void {
    const block = (this.#current = this.#blocks.shift());
    if (!block) return this.#done();
    if (this.#follows.length + this.#loaded.length >= MOST_FOLLOWS) {
      for (const id of block.followerIds) this.#ofLoaded.add(id);
      return this.#next();
    }
    this.watches.add<FollowsAnswer>({
      isUrgent: () => false,
      ask: (client, watcher) => askFollows(client, block, watcher),
      next: ({ follows, rest }, stop) => {
        stop();
        for (const follow of follows) this.#loaded.push(follow);
        if (rest.length > 0) this.#blocks.unshift({ ...block, followerIds: rest });
        this.#next();
      },
      fault: (error, stop) => {
        stop();
        this.#failed.push(block);
        this.owner.failed(error, () => {
          this.#blocks.push(...this.#failed);
          this.#failed = [];
          this.#begin();
        });
        this.#next();
      },
    });
  }

  #done(): void {
    this.#follows = [...this.#follows, ...this.#loaded];
    this.#missing = new Set([...this.#missing, ...this.#ofLoaded]);
    this.#loaded = [];
    this.#ofLoaded.clear();
    this.owner.ended();
  }
}
