import type { CombinedError } from 'urql';

import type { PathStatus } from '../__generated__/graphql.ts';
import { withoutViewer, type Person } from './graph.ts';
import { watchPath, watchPerson, type PathAnswer, type Stop } from './load.ts';
import type { PathPlan } from './plan.ts';
import type { Watches } from './watches.ts';

/** A search for a path: its ends, by username, and its result. */
export interface PathState {
  from: string;
  to: string;
  /** MISSING: there is no user at one of the ends. FAILED: the request failed. */
  status: PathStatus | 'LOADING' | 'MISSING' | 'FAILED';
  people: readonly Person[];
}

interface Owner {
  changed(): void;
  /** Returns the global id of a drawn person. */
  idOf(username: string): string | undefined;
  failed(error: CombinedError, retry: () => void): void;
}

/** Finds the path of a plan in the whole graph. */
export class PathSearch {
  #plan: PathPlan | undefined;
  #state: PathState | undefined;
  #stops: Stop[] = [];

  constructor(
    readonly watches: Watches,
    readonly owner: Owner,
  ) {}

  get state(): PathState | undefined {
    return this.#state;
  }

  get isBusy(): boolean {
    return this.#state?.status === 'LOADING';
  }

  /** The people of a path that was found, and the number of expansions before it. */
  get shown(): { people: readonly Person[]; after: number } | undefined {
    return this.#plan && this.#state?.status === 'FOUND' ? { people: this.#state.people, after: this.#plan.after } : undefined;
  }

  /** Searches for the path of a plan. It does nothing if the ends are the same as before. */
  find(plan: PathPlan | undefined): void {
    const { from, to } = this.#plan ?? {};
    this.#plan = plan;
    if (plan?.from === from && plan?.to === to) return;
    this.#stop();
    this.#state = plan && { from: plan.from, to: plan.to, status: 'LOADING', people: [] };
    if (plan) this.#start(plan);
  }

  /** Removes the fields that depend on the viewer. */
  forgetViewer(): void {
    if (this.#state) this.#state = { ...this.#state, people: this.#state.people.map(withoutViewer) };
  }

  #start(plan: PathPlan): void {
    const ids = new Map<string, string>();
    const arrived = (username: string, id: string) => {
      const isFirst = !ids.has(username);
      ids.set(username, id);
      const [from, to] = [ids.get(plan.from), ids.get(plan.to)];
      if (isFirst && from !== undefined && to !== undefined) this.#ask(from, to);
    };
    for (const username of new Set([plan.from, plan.to])) {
      const known = this.owner.idOf(username);
      if (known !== undefined) arrived(username, known);
      else this.#lookUp(username, (id) => arrived(username, id));
    }
  }

  #lookUp(username: string, found: (id: string) => void): void {
    const stop = this.watches.add<Person | null>({
      isUrgent: () => this.isBusy,
      ask: (client, watcher) => watchPerson(client, username, watcher),
      next: (person, stop) => {
        stop();
        if (person) found(person.id);
        else this.#change('MISSING');
      },
      fault: (error, stop) => {
        stop();
        this.#fault(error, () => this.#lookUp(username, found));
      },
    });
    this.#stops.push(stop);
  }

  #ask(fromId: string, toId: string): void {
    const stop = this.watches.add<PathAnswer>({
      isUrgent: () => this.isBusy,
      ask: (client, watcher) => watchPath(client, fromId, toId, watcher),
      next: ({ status, people }) => this.#change(status, people),
      fault: (error, stop, isFirst) => {
        if (!isFirst) return;
        stop();
        this.#fault(error, () => this.#ask(fromId, toId));
      },
    });
    this.#stops.push(stop);
  }

  #fault(error: CombinedError, again: () => void): void {
    const plan = this.#plan;
    if (this.isBusy) this.#change('FAILED');
    this.owner.failed(error, () => {
      if (this.#plan?.from !== plan?.from || this.#plan?.to !== plan?.to || !this.#state) return;
      if (this.#state.status === 'FAILED') this.#state = { ...this.#state, status: 'LOADING' };
      again();
    });
  }

  #change(status: PathState['status'], people: readonly Person[] = []): void {
    if (!this.#state) return;
    this.#state = { ...this.#state, status, people };
    this.owner.changed();
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }
}
