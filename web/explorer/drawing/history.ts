import { queryOf } from './address.ts';
import { BEGINNING, planAfter, type Action, type Plan } from './plan.ts';

/** The maximum number of steps that can be undone. */
const MOST_STEPS = 200;

/** A plan, and the number of its entry in the history of the tab. */
export interface Point {
  plan: Plan;
  /** The number of entries of this drawing before it in the history of the tab. */
  entry: number;
}

/** The plan with the plans before it, for undo, and the plans that were undone, for redo. */
export interface History extends Point {
  past: readonly Point[];
  future: readonly Point[];
}

export type HistoryAction = Action | { do: 'undo' | 'redo' } | ({ do: 'restore' } & Point);

/**
 * The actions with an entry in the history of the tab, so that the browser's Back takes them back too: those that
 * change the people.
 */
const WITH_ENTRY: ReadonlySet<Action['do']> = new Set<Action['do']>([
  'expand',
  'collapse',
  'hide',
  'show',
  'show all',
  'rank',
  'find path',
  'close path',
]);

/**
 * The actions that undo takes back: those that change the people and their places. Colours, filters and the day are
 * not among them, because a switch of the page shows and changes each of them.
 */
const UNDOABLE: ReadonlySet<Action['do']> = new Set<Action['do']>([...WITH_ENTRY, 'move']);

export function beginHistory({ plan, entry }: Point): History {
  return { plan, entry, past: [], future: [] };
}

export function historyAfter(history: History, action: HistoryAction): History {
  const { plan, entry, past, future } = history;
  const here: Point = { plan, entry };
  switch (action.do) {
    case 'undo': {
      const before = past.at(-1);
      return before ? { ...inView(plan, before), past: past.slice(0, -1), future: [here, ...future] } : history;
    }
    case 'redo': {
      const [next, ...rest] = future;
      return next ? { ...inView(plan, next), past: [...past, here], future: rest } : history;
    }
    case 'restore': {
      const { plan: restored, entry } = action;
      const [next, ...rest] = future;
      if (isSame(restored, plan)) return { ...history, plan: restored, entry };
      if (isSame(restored, past.at(-1)?.plan)) return { plan: restored, entry, past: past.slice(0, -1), future: [here, ...future] };
      if (isSame(restored, next?.plan)) return { plan: restored, entry, past: [...past, here], future: rest };
      return beginHistory({ plan: restored, entry });
    }
    default: {
      const next = planAfter(plan, action);
      if (next === plan) return history;
      if (!UNDOABLE.has(action.do)) return { ...history, plan: next };
      const at = WITH_ENTRY.has(action.do) ? entry + 1 : entry;
      return { plan: next, entry: at, past: [...past, here].slice(-MOST_STEPS), future: [] };
    }
  }
}

/** Returns a point with the present colours, filters and day. */
function inView({ colouring, off, until }: Plan, { plan, entry }: Point): Point {
  return { plan: { ...plan, colouring, off, until }, entry };
}

/** Reports whether two plans have the same people and places. */
function isSame(a: Plan, b: Plan | undefined): boolean {
  const stepsOf = (plan: Plan) => queryOf(inView(BEGINNING, { plan, entry: 0 }).plan);
  return b !== undefined && stepsOf(a) === stepsOf(b);
}
