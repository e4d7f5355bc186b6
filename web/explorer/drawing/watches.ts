import type { Client, CombinedError } from 'urql';

import type { Stop, Watcher } from './load.ts';

/** How many questions that can wait are asked at once, so that what is urgent is not held up. */
const AT_ONCE = 3;

/** A question, and what becomes of its answers. */
interface Question<T> {
  /** Whether the reader waits for it: it is asked at once, before those that can wait. */
  isUrgent(): boolean;
  ask(client: Client, watcher: Watcher<T>): Stop;
  next(value: T, stop: Stop): void;
  /** @param isFirst whether nothing was answered to this caller before */
  fault(error: CombinedError, stop: Stop, isFirst: boolean): void;
}

interface Watch {
  isUrgent(): boolean;
  begin(): void;
  end(): void;
}

/** What is asked for on behalf of one caller, or of another one later, and kept true until it is stopped. */
export class Watches {
  #client: Client | undefined;
  readonly #all = new Set<Watch>();
  #waiting: Watch[] = [];
  /** Those that waited and are not answered yet. */
  readonly #running = new Set<Watch>();

  /** Asks on behalf of a caller whatever there is to ask, and what another one was answered too. */
  open(client: Client): void {
    this.#client = client;
    this.#endAll();
    for (const watch of [...this.#all]) this.#begin(watch);
  }

  /** Cancels what still runs. */
  close(): void {
    this.#endAll();
    this.#all.clear();
  }

  /** Asks a question, and again for each caller until it is stopped: from the first caller on, if there is none yet. */
  add<T>({ isUrgent, ask, next, fault }: Question<T>): void {
    let end: Stop | undefined;
    const watch: Watch = {
      isUrgent,
      begin: () => {
        let isFirst = true;
        const answered = () => {
          isFirst = false;
          if (this.#running.delete(watch)) this.#work();
        };
        end = ask(this.#client!, {
          next: (value) => {
            next(value, stop);
            answered();
          },
          fault: (error) => {
            fault(error, stop, isFirst);
            answered();
          },
        });
        if (!this.#all.has(watch)) end(); // the answer was there at once
      },
      end: () => end?.(),
    };
    const stop = () => {
      this.#all.delete(watch);
      watch.end();
    };
    this.#all.add(watch);
    if (this.#client) this.#begin(watch);
  }

  #begin(watch: Watch): void {
    if (watch.isUrgent()) return watch.begin();
    this.#waiting.push(watch);
    this.#work();
  }

  #work(): void {
    while (this.#running.size < AT_ONCE && this.#waiting.length > 0) {
      const watch = this.#waiting.shift()!;
      this.#running.add(watch);
      watch.begin();
    }
  }

  #endAll(): void {
    this.#waiting = [];
    this.#running.clear();
    for (const watch of this.#all) watch.end();
  }
}
