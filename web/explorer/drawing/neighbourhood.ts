import type { Client, CombinedError } from 'urql';

import type { FollowsAmongQueryVariables } from '../__generated__/graphql.ts';
import { blocksOf } from './blocks.ts';
import {
  begin,
  nextOf,
  roomOf,
  seenBy,
  SIDES,
  withFollows,
  withFollowsAmong,
  withPage,
  withPerson,
  withStep,
  type Follow,
  type Graph,
  type Page,
  type Person,
  type Side,
} from './graph.ts';
import { askFollows, watchPage, watchPerson, type Stop, type Wanted } from './load.ts';
import { Watches } from './watches.ts';
import { drawnInWords, FULL, emptyInWords } from './words.ts';

/** Page sizes for each list. */
export interface Sizes {
  /** For the person in the middle. */
  middle: number;
  /** For all others. */
  other: number;
}

export interface State {
  graph: Graph | undefined;
  /** Whether there is no user with this username. */
  isMissing: boolean;
  /** The people whose lists are loading. */
  loading: ReadonlySet<string>;
  /** The error of a failed request. `retry` repeats the request. */
  fault: CombinedError | undefined;
  /** The people added last, who can still move. */
  loose: ReadonlySet<string>;
  /** Increases when the layout must run: for new people, or because follows among them have loaded. */
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

/** The requests for the next page of each list of a person, until all have returned. */
interface Step {
  id: string;
  sides: readonly Side[];
  /** The maximum number of people that it can add. */
  promised: number;
  /** The results for the current caller. */
  results: Map<Side, Page | Failure>;
}

interface Failure {
  error: CombinedError;
  stop: Stop;
}

/** The time in which changes are collected before follows are requested again, in milliseconds. */
const REST = 300;

interface Listener {
  changed(state: State): void;
  /** Called with a sentence about the result of a request. */
  said(sentence: string): void;
}

/** The loaded people around a person. It follows changes in the cache while it is open. */
export class Neighbourhood {
  #state = NOTHING;
  #viewer: string | undefined;
  readonly #watches = new Watches();
  readonly #steps = new Set<Step>();
  /** The people whose follows were requested. */
  readonly #asked = new Set<string>();
  /**
   * The results by query, undefined until one returns. They are in the order of the queries, so that the choice among
   * several paths does not depend on the order of the responses.
   */
  readonly #answers = new Map<FollowsAmongQueryVariables, readonly Follow[] | undefined>();
  /** The people who gained or lost follows, until these are requested again. */
  readonly #moved = new Set<string>();
  #timer: number | undefined;
  /** Functions that repeat failed requests, by request. */
  readonly #retries = new Map<string, () => void>();

  constructor(
    readonly username: string,
    readonly sizes: Sizes,
    readonly listener: Listener,
  ) {
    this.#person();
  }

  /**
   * Opens it for a caller, or continues for another caller. The drawing stays. Its data is requested again, because it
   * depends on the caller.
   *
   * @param viewer the caller's username, if one is signed in
   */
  open(client: Client, viewer: string | undefined): void {
    this.#viewer = viewer;
    const { graph } = this.#state;
    if (graph) this.#change({ graph: seenBy(graph, viewer) });
    for (const { results } of this.#steps) results.clear();
    this.#watches.open(client);
    this.retry(); // the requests that failed for the previous caller
  }

  #person(): void {
    this.#watches.add<Person | null>({
      isUrgent: () => true,
      ask: (client, watcher) => watchPerson(client, this.username, watcher),
      next: (person) => {
        const { graph } = this.#state;
        if (!person) return this.#change({ isMissing: true });
        if (graph) return this.#change({ graph: withPerson(graph, person), isMissing: false });
        this.#change({ graph: begin(person, this.#viewer), isMissing: false, round: 1 });
        this.expand(person.id);
      },
      fault: (error, stop) => {
        stop();
        this.#failed(this.username, error, () => this.#person());
      },
    });
  }

  /** Cancels running requests. The callbacks are not called any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#watches.close();
    this.listener.changed = this.listener.said = () => {};
  }

  retry(): void {
    const retries = [...this.#retries.values()];
    this.#retries.clear();
    this.#change({ fault: undefined });
    for (const again of retries) again();
  }

  /** Requests the next page of each list of a person. */
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
    if (sides.length === 0) return this.listener.said(emptyInWords(graph, id));
    const room = Math.floor((roomOf(graph) - this.#promised) / sides.length);
    if (room <= 0) return this.listener.said(FULL);
    const first = Math.min(room, id === graph.middle ? this.sizes.middle : this.sizes.other);
    const step: Step = { id, sides: sides.map(({ side }) => side), promised: first * sides.length, results: new Map() };
    this.#steps.add(step);
    this.#change({ loading: new Set(loading).add(id) });
    const person = graph.people.get(id)!;
    for (const { side, after } of sides) this.#page(step, { person, side, first, after });
  }

  /** The maximum number of people that running requests can add. */
  get #promised(): number {
    return [...this.#steps].reduce((sum, { promised }) => sum + promised, 0);
  }

  /** Requests a page. Later changes of the page update the graph after its step was added. */
  #page(step: Step, wanted: Wanted): void {
    const isPending = () => this.#steps.has(step);
    const { side, after } = wanted;
    const arrived = (result: Page | Failure) => {
      step.results.set(side, result);
      if (step.results.size === step.sides.length) this.#take(step);
    };
    this.#watches.add<Page>({
      isUrgent: isPending,
      ask: (client, watcher) => watchPage(client, wanted, watcher),
      next: (page) => (isPending() ? arrived(page) : this.#grow(withPage(this.#state.graph!, page))),
      fault: (error, stop, isFirst) => {
        if (!isFirst) return; // the earlier result stays
        if (isPending()) return arrived({ error, stop });
        stop();
        this.#failed(`${step.id} ${side} ${after}`, error, () => this.#page(step, wanted));
      },
    });
  }

  /**
   * Adds both lists together, because a person's place depends on both. The order does not depend on which response
   * came first.
   */
  #take(step: Step): void {
    const { id, sides, results } = step;
    this.#steps.delete(step);
    const loading = new Set(this.#state.loading);
    loading.delete(id);
    this.#change({ loading });
    let graph = withStep(this.#state.graph!, { of: id, people: [] });
    const failures = new Map<Side, CombinedError>();
    for (const side of sides) {
      const result = results.get(side)!;
      if (!('error' in result)) graph = withPage(graph, result);
      else {
        result.stop();
        failures.set(side, result.error);
      }
    }
    this.#grow(graph);
    const [error] = failures.values();
    if (error) this.#failed(id, error, () => this.#expand(id, [...failures.keys()]));
    else this.#succeeded(id);
    if (failures.size < sides.length) this.listener.said(drawnInWords(this.#state.graph!, id));
  }

  /** Shows a graph that can have new people. */
  #grow(graph: Graph): void {
    const { graph: before, loading, round } = this.#state;
    const loose = new Set([...graph.people.keys()].filter((id) => !before!.people.has(id)));
    this.#change(loose.size === 0 ? { graph } : { graph, loose, round: round + 1 });
    if (loading.size === 0) this.#askFollows();
  }

  #askFollows(): void {
    const fresh = [...this.#state.graph!.people.keys()].filter((id) => !this.#asked.has(id));
    const questions = blocksOf([...this.#asked], fresh);
    for (const id of fresh) this.#asked.add(id);
    for (const question of questions) this.#ask(question);
  }

  /** Requests the follows once. The people's fields contain the viewer's follows; other follows are not updated. */
  #ask(question: FollowsAmongQueryVariables): void {
    this.#answers.set(question, undefined);
    const answered = (follows: readonly Follow[], stop: Stop) => {
      stop();
      this.#answers.set(question, follows);
      const all = [...this.#answers.values()];
      if (!all.includes(undefined)) this.#takeFollows(all.flatMap((each) => each ?? []));
    };
    this.#watches.add<readonly Follow[]>({
      isUrgent: () => false,
      ask: (client, watcher) => askFollows(client, question, watcher),
      next: answered,
      fault: (error, stop) => {
        this.#failed(JSON.stringify(question), error, () => this.#ask(question));
        answered([], stop);
      },
    });
  }

  /** Adds all follows at once, because each change draws the whole graph again. */
  #takeFollows(follows: readonly Follow[]): void {
    const { graph, round } = this.#state;
    this.#answers.clear();
    this.#change({ graph: withFollows(graph!, follows), round: round + 1 });
  }

  /**
   * Requests the follows again among people whose counts changed at the same time: a new or ended follow changes both
   * people. The people keep their places. A failure is silent, because the user did not request it.
   */
  renew(ids: readonly string[]): void {
    for (const id of ids) if (this.#state.graph?.people.has(id)) this.#moved.add(id);
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      // The layout depends on the order of the follows: those that are loading come first.
      if (this.#state.loading.size > 0 || this.#answers.size > 0) return this.renew([]);
      const people = [...this.#moved];
      this.#moved.clear();
      if (people.length > 1) this.#renew(people);
    }, REST);
  }

  #renew(people: readonly string[]): void {
    const question = { followerIds: [...people], followingIds: [...people] };
    this.#watches.add<readonly Follow[]>({
      isUrgent: () => false,
      ask: (client, watcher) => askFollows(client, question, watcher, 'network-only'),
      next: (follows, stop) => {
        stop();
        this.#change({ graph: withFollowsAmong(this.#state.graph!, people, follows) });
      },
      fault: (_error, stop) => stop(),
    });
  }

  #failed(what: string, fault: CombinedError, retry: () => void): void {
    this.#retries.set(what, retry);
    this.#change({ fault });
  }

  /** Removes an earlier failure of the same request. */
  #succeeded(what: string): void {
    if (this.#retries.delete(what) && this.#retries.size === 0) this.#change({ fault: undefined });
  }

  #change(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.listener.changed(this.#state);
  }
}
