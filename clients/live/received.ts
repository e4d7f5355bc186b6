import assert from 'node:assert/strict';

import { newer } from '../../examples/position/position.ts';
import { endOf, type Receiver } from './client.ts';
import type { Expected } from './changes.ts';
import type { FollowersChanged } from './client.ts';

const patience = 30_000;

/** Everything that a subscription has received. */
export class Received<Data> implements Receiver<Data> {
  readonly events: Data[] = [];
  readonly positions: (string | undefined)[] = [];
  /** How it ended, see endOf. Undefined while it runs; empty after an end without an error. */
  end: (string | number)[] | undefined;
  #waiting: (() => void)[] = [];

  next(data: Data, position?: string): void {
    assert(data, 'an event without data');
    this.events.push(data);
    this.positions.push(position);
    this.#wake();
  }

  error(error: unknown): void {
    this.end ??= endOf(error);
    this.#wake();
  }

  complete(): void {
    this.end ??= [];
    this.#wake();
  }

  /** Waits until the condition holds. */
  async until(condition: (received: this) => boolean): Promise<void> {
    const { stack } = new Error(); // of the caller, which the stack of a timer does not have
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const state = () => JSON.stringify({ events: this.events, positions: this.positions, end: this.end });
      timer = setTimeout(() => reject(new Error(`not received: ${state()}\n${stack}`)), patience);
    });
    try {
      while (!condition(this)) await Promise.race([late, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
    } finally {
      clearTimeout(timer);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** The changes of a user's followers, in the order in which they came. */
export class ReceivedChanges extends Received<FollowersChanged> {
  get changes() {
    return this.events.flatMap(({ followersChanged }) => followersChanged.changes);
  }

  /** Waits for these changes, and checks that each came once, in this order, and with the count of its commit. */
  async check(expected: readonly Expected[]): Promise<void> {
    await this.until(({ changes, end }) => changes.length >= expected.length || end !== undefined);
    assert.equal(this.end, undefined, 'the subscription ended');
    assert.deepEqual(
      this.changes.map(({ kind, followerId }) => ({ kind, followerId })),
      expected.map(({ kind, followerId }) => ({ kind, followerId })),
    );
    let at = 0;
    for (const { followersChanged } of this.events) {
      at += followersChanged.changes.length;
      assert.equal(followersChanged.user?.stats.followersCount, expected[at - 1]?.followersCount);
    }
    for (const [i, position] of this.positions.entries()) {
      const before = this.positions[i - 1];
      if (position && before) assert(position !== before && newer(before, position) === position, 'positions increase');
    }
  }
}
