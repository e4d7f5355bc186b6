import type { Client, CombinedError } from 'urql';

import type { FollowsAmongQueryVariables } from '../__generated__/graphql.ts';
import { blocksOf } from './blocks.ts';
import {
  begin,
  nextOf,
  roomOf,
  SIDES,
  withFollows,
  withoutViewer,
  withPage,
  withPerson,
  type Follow,
  type Graph,
  type Page,
  type Side,
} from './graph.ts';
import { askFollows, watchPage, watchPerson, type Stop } from './load.ts';
import { drawnInWords, FULL, nobodyInWords } from './words.ts';

/** How many requests for follows run at once: the others wait, so that a page asked for meanwhile is not held up. */
const AT_ONCE = 3;

/** How many of each list of somebody are asked for at once. */
export interface Sizes {
  /** Of the one in the middle. */
  middle: number;
  /** Of everybody else. */
  other: number;
}

export interface State {
  graph: Graph | undefined;
  /** Whether there is nobody of that name. */
  isMissing: boolean;
  /** Whose lists are being asked for. */
  loading: ReadonlySet<string>;
  /** What could not be loaded; `retry` asks again. */
  fault: CombinedError | undefined;
  /** Who came last, and may be moved. */
  loose: ReadonlySet<string>;
  /** Grows when places are to be found: for newcomers, or because it became known who follows whom among them. */
  round: number;
}

export const NOTHING: State = {
  graph: undefined,
  isMissing: false,
  loading: new Set(),
  fault: undefined,
  loose: new Set(),
  round: 0,
};

/** The pages that are being asked for of somebody's lists at once. */
interface Step {
  id: string;
  missing: number;
  /** How many people it may bring. */
  promised: number;
  pages: Page[];
  failed: Side[];
  /** On whose behalf it began. */
  client: Client;
}

/** Something that is asked for, and kept true. */
interface Watch {
  begin(): void;
  end: Stop;
}

interface Listener {
  changed(state: State): void;
  /** Is told in words what became of what was asked for. */
  said(sentence: string): void;
}

/** The people around somebody, as far as they were asked for, kept true for as long as it is open. */
export class Neighbourhood {
  #state = NOTHING;
  #client: Client | undefined;
  readonly #watches = new Set<Watch>();
  /** Among whom follows were asked for. */
  readonly #asked = new Set<string>();
  readonly #questions: FollowsAmongQueryVariables[] = [];
  readonly #answers: Follow[] = [];
  #running = 0;
  /** What failed, by what it was about: done anew by `retry`, or by the reader. */
  readonly #retries = new Map<string, () => void>();
  /** How many people those may be who are being asked for. */
  #promised = 0;

  constructor(
    readonly username: string,
    readonly sizes: Sizes,
    readonly listener: Listener,
  ) {}

  /**
   * Opens it on behalf of a caller, or lets it go on on behalf of another one: what is drawn stays, and is asked for
   * again, for an answer says what somebody is to the caller.
   */
  open(client: Client): void {
    const isOpen = this.#client !== undefined;
    this.#client = client;
    if (!isOpen) return this.#person();
    const { graph } = this.#state;
    if (graph) this.#change({ graph: withoutViewer(graph) });
    const watches = [...this.#watches];
    for (const { end } of watches) end();
    for (const { begin } of watches) begin();
    this.retry(); // what the former caller was refused
  }

  #person(): void {
    this.#watch((client, stop) =>
      watchPerson(client, this.username, {
        next: (person) => {
          const { graph } = this.#state;
          if (!person) return this.#change({ isMissing: true });
          if (graph) return this.#change({ graph: withPerson(graph, person) });
          this.#change({ graph: begin(person), round: 1 });
          this.expand(person.id);
        },
        fault: (error) => {
          stop();
          this.#failed(this.username, error, () => this.#person());
        },
      }),
    );
  }

  /** Cancels what still runs. Nothing is told of this neighbourhood any more. */
  close(): void {
    for (const { end } of this.#watches) end();
    this.#watches.clear();
    this.#questions.length = 0;
    this.listener.changed = this.listener.said = () => {};
  }

  retry(): void {
    const retries = [...this.#retries.values()];
    this.#retries.clear();
    this.#change({ fault: undefined });
    for (const again of retries) again();
  }

  /** Asks for the next page of each of somebody's lists. */
  expand(id: string): void {
    this.#expand(id, SIDES);
  }

  #expand(id: string, lists: readonly Side[]): void {
    const { graph, loading } = this.#state;
    if (!graph?.people.has(id) || loading.has(id)) return;
    const sides = lists.flatMap((side) => {
      const next = nextOf(graph, id, side);
      return next ? [{ side, ...next }] : [];
    });
    if (sides.length === 0) return this.listener.said(nobodyInWords(graph, id));
    const room = Math.floor((roomOf(graph) - this.#promised) / sides.length);
    if (room <= 0) return this.listener.said(FULL);
    const first = Math.min(room, id === graph.middle ? this.sizes.middle : this.sizes.other);
    const promised = first * sides.length;
    this.#promised += promised;
    this.#change({ loading: new Set(loading).add(id) });
    const step: Step = { id, missing: sides.length, promised, pages: [], failed: [], client: this.#client! };
    for (const { side, after } of sides) this.#page(step, { side, first, after });
  }

  #page(step: Step, { side, first, after }: { side: Side; first: number; after: string | undefined }): void {
    const person = this.#state.graph!.people.get(step.id)!;
    let isFirst = true;
    const arrived = () => {
      isFirst = false;
      if (--step.missing === 0) this.#take(step);
    };
    this.#watch((client, stop) =>
      watchPage(client, { person, side, first, after }, {
        next: (page) => {
          if (!isFirst) return this.#grow(withPage(this.#state.graph!, page));
          step.pages.push(page);
          arrived();
        },
        fault: (error) => {
          if (!isFirst) return; // what is drawn stays
          stop();
          step.failed.push(side);
          this.#change({ fault: error });
          arrived();
        },
      }),
    );
  }

  /** Takes both lists in together: where somebody stands depends on both. */
  #take({ id, promised, pages, failed, client }: Step): void {
    this.#promised -= promised;
    const loading = new Set(this.#state.loading);
    loading.delete(id);
    this.#change({ loading });
    this.#grow(pages.reduce(withPage, this.#state.graph!));
    if (failed.length === 0) this.#succeeded(id);
    else {
      this.#retries.set(id, () => this.#expand(id, failed));
      if (client !== this.#client) this.retry(); // it failed for another caller
    }
    if (pages.length > 0) this.listener.said(drawnInWords(this.#state.graph!, id));
  }

  /** Shows a graph that may have more people than before. */
  #grow(graph: Graph): void {
    const { graph: before, loading, round } = this.#state;
    const loose = new Set([...graph.people.keys()].filter((id) => !before!.people.has(id)));
    this.#change(loose.size === 0 ? { graph } : { graph, loose, round: round + 1 });
    if (loading.size === 0) this.#askFollows();
  }

  #askFollows(): void {
    const fresh = [...this.#state.graph!.people.keys()].filter((id) => !this.#asked.has(id));
    this.#questions.push(...blocksOf([...this.#asked], fresh));
    for (const id of fresh) this.#asked.add(id);
    this.#work();
  }

  #work(): void {
    while (this.#running < AT_ONCE && this.#questions.length > 0) this.#ask(this.#questions.shift()!);
  }

  /** Asks once: the viewer's own follows are told with the people, and others are not kept true. */
  #ask(question: FollowsAmongQueryVariables): void {
    const answered = (stop: Stop) => {
      stop();
      this.#running--;
      this.#work();
      if (this.#running === 0) this.#takeFollows();
    };
    this.#running++;
    this.#watch((client, stop) =>
      askFollows(client, question, {
        next: (follows) => {
          this.#answers.push(...follows);
          answered(stop);
        },
        fault: (error) => {
          this.#failed(JSON.stringify(question), error, () => {
            this.#questions.push(question);
            this.#work();
          });
          answered(stop);
        },
      }),
    );
  }

  /** Takes in all at once what came: the drawing is made anew for it. */
  #takeFollows(): void {
    const { graph, round } = this.#state;
    this.#change({ graph: withFollows(graph!, this.#answers.splice(0)), round: round + 1 });
  }

  /** Keeps a subscription until the end, or until its own callback stops it, which may be at once. */
  #watch(subscribe: (client: Client, stop: Stop) => Stop): void {
    let end: Stop | undefined;
    const watch: Watch = {
      begin: () => {
        const stop = () => {
          this.#watches.delete(watch);
          end?.();
        };
        end = subscribe(this.#client!, stop);
        if (!this.#watches.has(watch)) end();
      },
      end: () => end?.(),
    };
    this.#watches.add(watch);
    watch.begin();
  }

  #failed(what: string, fault: CombinedError, retry: () => void): void {
    this.#retries.set(what, retry);
    this.#change({ fault });
  }

  /** What failed before was done otherwise. */
  #succeeded(what: string): void {
    if (this.#retries.delete(what) && this.#retries.size === 0) this.#change({ fault: undefined });
  }

  #change(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.listener.changed(this.#state);
  }
}
