import type { Client, CombinedError } from 'urql';

import type { Stop, Watcher } from './load.ts';

/** The maximum number of concurrent queries with low priority, so that they do not delay urgent queries. */
const AT_ONCE = 3;

/** A query and the handlers of its results. */
interface Question<T> {
  /** Whether the user waits for it. Urgent queries start immediately. */
  isUrgent(): boolean;
  ask(client: Client, watcher: Watcher<T>): Stop;
  next(value: T, stop: Stop): void;
  /** @param isFirst whether this is the first result for this caller */
  fault(error: CombinedError, stop: Stop, isFirst: boolean): void;
}

interface Watch {
  isUrgent(): boolean;
  begin(): void;
  end(): void;
}

/** The active queries. They run again for each new caller, and report changes until they are stopped. */
export class Watches {
  #client: Client | undefined;
  readonly #all = new Set<Watch>();
  #waiting: Watch[] = [];
  /** The queries with low priority that have no result yet. */
  readonly #running = new Set<Watch>();

  /** Runs all queries for a caller, including queries that another caller has results for. */
  open(client: Client): void {
    this.#client = client;
    this.#endAll();
    for (const watch of [...this.#all]) this.#begin(watch);
  }

  /** Cancels running queries. */
  close(): void {
    this.#endAll();
    this.#all.clear();
  }

  /** Runs a query now, or when there is a caller, and again for each new caller until it is stopped. Returns the stop. */
  add<T>({ isUrgent, ask, next, fault }: Question<T>): Stop {
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
        if (!this.#all.has(watch)) end(); // the result came synchronously
      },
      end: () => end?.(),
    };
    const stop = () => {
      if (!this.#all.delete(watch)) return;
      this.#waiting = this.#waiting.filter((other) => other !== watch);
      watch.end();
      if (this.#running.delete(watch)) this.#work();
    };
    this.#all.add(watch);
    if (this.#client) this.#begin(watch);
    return stop;
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
