import type { Client, CombinedError } from 'urql';

import { idOf, isFull, withFollowsAmong, withoutViewer, type Graph, type Person } from './graph.ts';
import { grown } from './grown.ts';
import { Joins } from './joins.ts';
import { askFollows, watchPerson, type FollowsAnswer } from './load.ts';
import { PathSearch, type PathState } from './path-search.ts';
import { BEGINNING, type Plan } from './plan.ts';
import { isPending, PortionLoader, type Loaded } from './portion-loader.ts';
import { portionsOf } from './portion.ts';
import { Watches } from './watches.ts';
import { drawnInWords, FULL } from './words.ts';

export interface State {
  graph: Graph | undefined;
  /** Whether there is no user with this username. */
  isMissing: boolean;
  /** The usernames of the plan that no user has, such as those of an old link. */
  unknown: readonly string[];
  /** The people whose lists are loading. */
  loading: ReadonlySet<string>;
  /** The error of a failed request. `retry` repeats the request. */
  fault: CombinedError | undefined;
  /** The people who can still move: those added since all follows were last known. */
  loose: ReadonlySet<string>;
  /** Increases when the layout must run: for new people, or because follows among them have loaded. */
  round: number;
  /** The path of the plan. */
  path: PathState | undefined;
  /** Whether follows among the people are still loading. */
  isJoining: boolean;
  /** The people whose follows are over the maximum. Lines from them can be missing. */
  missing: ReadonlySet<string>;
}

export const NOTHING: State = {
  graph: undefined,
  isMissing: false,
  unknown: [],
  loading: new Set(),
  fault: undefined,
  loose: new Set(),
  round: 0,
  path: undefined,
  isJoining: false,
  missing: new Set(),
};

/** The time in which changes are collected before follows are requested again, in milliseconds. */
const REST = 300;

/** Above this number of people, changes in the cache are collected before the graph is made again. */
const MANY = 1000;

/** The maximum number of people whose follows of each other are requested again. */
const MOST_RENEWED = 100;

/** The time in which the lists of the person in the middle are expected, before this person is shown alone. */
const MOMENT = 250;

interface Listener {
  changed(state: State): void;
  /** Called with a sentence about the result of a request. */
  said(sentence: string): void;
}

/** Loads the people of a plan around a person. It follows changes in the cache while it is open. */
export class Neighbourhood {
  #state = NOTHING;
  #plan: Plan = BEGINNING;
  #viewer: string | undefined;
  #middle: Person | undefined;
  readonly #watches = new Watches();
  readonly #portions: PortionLoader;
  /** Whether the plan came from an address: its portions are shown together. */
  #isRestoring = false;
  readonly #search: PathSearch;
  readonly #joins: Joins;
  /** The people who were selected, as the cache has them: what the viewer does to them changes only the cache. */
  readonly #selected = new Map<string, Person | undefined>();
  /** Whether all follows among the people were known at the last round: the next new people are the only loose ones. */
  #isJoined = false;
  /** The people who gained or lost follows, until these are requested again. */
  readonly #moved = new Set<string>();
  #timer: number | undefined;
  #refreshing: number | undefined;
  #moment: ReturnType<typeof setTimeout> | undefined;
  /** Functions that repeat failed requests, by request. */
  readonly #retries = new Map<string, () => void>();

  constructor(
    readonly username: string,
    readonly listener: Listener,
    plan: Plan = BEGINNING,
  ) {
    this.#portions = new PortionLoader(this.#watches, {
      viewer: () => this.#viewer,
      isFull: () => this.#state.graph !== undefined && isFull(this.#state.graph),
      settled: () => this.#take(),
      began: () => this.#change({}),
      renewed: () => this.#refresh(),
      failed: (request, error, retry) => this.#failed(request, error, retry),
      succeeded: (request) => this.#succeeded(request),
    });
    this.#search = new PathSearch(this.#watches, {
      changed: () => this.#take(),
      idOf: (name) => this.#state.graph && idOf(this.#state.graph, name),
      failed: (error, retry) => this.#failed('path', error, retry),
    });
    this.#joins = new Joins(this.#watches, {
      began: () => this.#change({ isJoining: true }),
      ended: () => this.#join(),
      failed: (error, retry) => this.#failed('follows', error, retry),
    });
    this.#person();
    this.#isRestoring = plan.expanded.length > 0;
    this.follow(plan);
  }

  /**
   * Opens it for a caller, or continues for another caller. The drawing stays. Its data is requested again, because it
   * depends on the caller.
   *
   * @param viewer the caller's username, if one is signed in
   */
  open(client: Client, viewer: string | undefined): void {
    this.#viewer = viewer;
    this.#middle = this.#middle && withoutViewer(this.#middle);
    this.#portions.forgetViewer();
    this.#search.forgetViewer();
    for (const id of this.#selected.keys()) this.#selected.set(id, undefined); // their requests run again
    if (this.#state.graph) this.#grow();
    this.#watches.open(client);
    this.retry(); // the requests that failed for the previous caller
  }

  /** Cancels running requests. The callbacks are not called any more. */
  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#refreshing);
    clearTimeout(this.#moment);
    this.#watches.close();
    this.listener.changed = this.listener.said = () => {};
  }

  retry(): void {
    const retries = [...this.#retries.values()];
    this.#retries.clear();
    this.#change({ fault: undefined });
    for (const again of retries) again();
  }

  /** Repeats the failed requests for the lists of a person. Returns whether there are any. */
  retryOf(username: string): boolean {
    const failed = this.#portions.failedOf(username);
    for (const key of failed) this.#retries.get(key)?.();
    return failed.length > 0;
  }

  /** Loads what a plan needs, and forgets the rest. */
  follow(plan: Plan): void {
    const before = this.#plan;
    this.#plan = plan;
    const removed = this.#portions.set(portionsOf(this.username, plan.expanded, plan.rank));
    for (const key of removed) this.#retries.delete(key);
    if (plan.rank !== before.rank) this.#isRestoring = true; // all portions change together
    if (this.#retries.size === 0 && this.#state.fault) this.#change({ fault: undefined });
    this.#portions.start();
    this.#search.find(plan.path);
    if (this.#state.graph && (removed.length > 0 || plan.path !== before.path)) this.#take();
    else this.#change({});
  }

  #person(): void {
    this.#watches.add<Person | null>({
      isUrgent: () => true,
      ask: (client, watcher) => watchPerson(client, this.username, watcher),
      next: (person) => {
        if (!person) return this.#change({ isMissing: true });
        const isFirst = !this.#middle;
        this.#middle = person;
        if (this.#state.isMissing) this.#change({ isMissing: false });
        if (isFirst) this.#take();
        else this.#refresh();
      },
      fault: (error, stop) => {
        stop();
        this.#failed(this.username, error, () => this.#person());
      },
    });
  }

  /** Shows the portions that have loaded. */
  #take(): void {
    if (!this.#middle || this.#isExpected()) return;
    this.#grow();
    for (const loaded of this.#ready()) {
      if (loaded.isSaid || loaded.status !== 'loaded') continue;
      loaded.isSaid = true;
      const { graph } = this.#state;
      const id = graph && idOf(graph, loaded.portion.username);
      if (graph && id !== undefined) this.listener.said(isFull(graph) ? FULL : drawnInWords(graph, id));
    }
    if (this.#portions.pending.length === 0 && !this.#search.isBusy) this.#joins.ask([...this.#state.graph!.people.keys()]);
  }

  /** Whether the first lists will come in a moment, so that the person in the middle is not shown alone before. */
  #isExpected(): boolean {
    if (this.#state.graph || this.#ready().length > 0) return false;
    this.#moment ??= setTimeout(() => this.#grow(), MOMENT);
    return true;
  }

  /**
   * The portions that are shown: all before the first one that is loading, because the places depend on the order. A
   * plan from an address is shown after its first portion and when all are complete.
   */
  #ready(): Loaded[] {
    const { all } = this.#portions;
    const end = all.findIndex(isPending);
    if (end < 0) this.#isRestoring = false;
    return end < 0 ? all : all.slice(0, this.#isRestoring ? Math.min(end, 1) : end);
  }

  /** Makes the graph of everything that is shown. */
  #grow(): void {
    const { graph: before, round } = this.#state;
    const portions = this.#ready().map(({ pages, portion }) => ({
      pages: pages.flat(),
      at: this.#plan.anchors.get(portion.username),
    }));
    // The first portion is not in the plan. The path is shown when everything before it is.
    const { people, after } = this.#search.shown ?? { people: [], after: 0 };
    const isInTurn = portions.length >= Math.min(after + 1, this.#portions.all.length);
    const graph = grown({
      viewer: this.#viewer,
      middle: this.#middle!,
      portions,
      path: isInTurn ? { people, after: after + 1 } : undefined,
      follows: this.#joins.follows,
      newest: [...this.#selected.values()].flatMap((person) => person ?? []),
      corrections: before?.corrections ?? new Map(),
    });
    const isSame = before && graph.people.size === before.people.size && [...graph.people.keys()].every((id) => before.people.has(id));
    const loose = new Set(this.#isJoined ? [] : this.#state.loose);
    for (const id of graph.people.keys()) if (before && !before.people.has(id)) loose.add(id);
    if (isSame) return this.#change({ graph });
    this.#isJoined = false;
    this.#change({ graph, loose, round: round + 1 });
  }

  /** Shows changes in the cache. In a large drawing they are collected, because many pages can contain one person. */
  #refresh(): void {
    if (!this.#middle || !this.#state.graph) return;
    if (this.#state.graph.people.size < MANY) return this.#grow();
    this.#refreshing ??= window.setTimeout(() => {
      this.#refreshing = undefined;
      this.#grow();
    }, REST);
  }

  /** Adds the follows among the people, and lays out again. */
  #join(): void {
    this.#grow();
    const { round } = this.#state;
    this.#change({ round: round + 1, isJoining: false, missing: this.#joins.missing });
    this.#isJoined = true;
  }

  /**
   * Keeps a person current who was selected: the fields that depend on the viewer change when the viewer follows this
   * person. Without it, only the people of the first portions are current.
   */
  select(id: string): void {
    const person = this.#state.graph?.people.get(id);
    if (!person || this.#selected.has(id) || id === this.#middle?.id || this.#portions.isLive(id)) return;
    this.#selected.set(id, undefined);
    this.#watches.add<Person | null>({
      isUrgent: () => true,
      ask: (client, watcher) => watchPerson(client, person.username, watcher),
      next: (now) => {
        this.#selected.set(id, now ?? undefined);
        if (now) this.#refresh();
      },
      fault: (_error, stop) => {
        stop();
        this.#selected.delete(id);
      },
    });
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
      if (this.#state.loading.size > 0 || this.#joins.isBusy) return this.renew([]);
      const people = [...this.#moved].slice(0, MOST_RENEWED);
      this.#moved.clear();
      if (people.length > 1) this.#renew(people);
    }, REST);
  }

  #renew(people: readonly string[]): void {
    this.#watches.add<FollowsAnswer>({
      isUrgent: () => false,
      ask: (client, watcher) => askFollows(client, { followerIds: people, followingIds: people }, watcher),
      next: ({ follows }, stop) => {
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
    const state = { ...this.#state, ...change };
    const { graph } = state;
    const ids = graph ? this.#portions.pending.flatMap(({ portion }) => idOf(graph, portion.username) ?? []) : [];
    this.#state = { ...state, unknown: this.#portions.unknown, loading: new Set(ids), path: this.#search.state };
    this.listener.changed(this.#state);
  }
}
