import { boundedQueryOf, othersIn, planOf, queryOf } from './address.ts';
import type { Point } from './history.ts';

/** The state of an entry in the history of the tab. */
interface State {
  /** The whole plan as a query, if it is too long for the address. */
  drawing?: string;
  /** The number of entries of this drawing before it. */
  entry?: number;
  /** Whether the entry before it is the step before it, at the same path. */
  isStep?: boolean;
}

function stateHere(): State {
  return (history.state ?? {}) as State;
}

/** Returns the plan of the present address, or the whole plan that is stored beside it. */
export function pointHere(middle: string): Point {
  const { drawing, entry } = stateHere();
  const plan = planOf(typeof drawing === 'string' ? drawing : location.search, middle);
  return { plan, entry: typeof entry === 'number' ? entry : 0 };
}

/** The time in which the browser goes back by one entry, in milliseconds. It does nothing if the entry is gone. */
const PATIENCE = 1000;

/**
 * Keeps a plan in the history of the tab: each step is an entry, so that Back and Forward lead through the pictures. A
 * plan that is too long for an address is stored whole in the state of its entry.
 */
export class TabHistory {
  #point: Point | undefined;
  /** The timer while the browser goes back because a step was undone. */
  #leaving: number | undefined;

  /** Writes a plan to its entry. After an undo, the browser goes back to the entry of the step before. */
  keep(point: Point): void {
    this.#point = point;
    if (this.#leaving !== undefined) return; // `arrived` keeps it
    const { entry: here, isStep } = stateHere();
    if (here === undefined || point.entry >= here || !isStep) return write(point, here !== undefined && point.entry > here);
    this.#leaving = window.setTimeout(() => {
      this.#leaving = undefined;
      write(this.#point!, false);
    }, PATIENCE);
    history.back();
  }

  /** Handles a move in the history. Returns whether an undo was its reason. */
  arrived(): boolean {
    if (this.#leaving === undefined) return false;
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
    this.keep(this.#point!);
    return true;
  }
}

/** Writes a plan to the present entry or to a new one. */
function write({ plan, entry }: Point, isNew: boolean): void {
  const { query, isWhole } = boundedQueryOf(plan);
  const search = [othersIn(location.search), query].filter(Boolean).join('&');
  const { drawing: _, isStep, ...others } = stateHere();
  const state: State = { ...others, entry, ...((isNew || isStep) && { isStep: true }), ...(!isWhole && { drawing: queryOf(plan) }) };
  // Without the event of the router: the page does not change.
  const change = isNew ? History.prototype.pushState : History.prototype.replaceState;
  change.call(history, state, '', `${location.pathname}${search && `?${search}`}${location.hash}`);
}
