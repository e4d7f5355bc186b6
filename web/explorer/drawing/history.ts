import { planAfter, type Action, type Plan } from './plan.ts';

/** The maximum number of steps that can be undone. */
const MOST_STEPS = 200;

/** The plan with the plans before it, for undo, and the plans that were undone, for redo. */
export interface History {
  plan: Plan;
  past: readonly Plan[];
  future: readonly Plan[];
}

export type HistoryAction = Action | { do: 'undo' | 'redo' } | { do: 'restore'; plan: Plan };

/**
 * The actions that undo takes back: those that change the people and their places. Colours, filters and the day are
 * not among them, because a switch of the page shows and changes each of them.
 */
const UNDOABLE: ReadonlySet<Action['do']> = new Set<Action['do']>([
  'expand',
  'collapse',
  'hide',
  'show',
  'show all',
  'move',
  'rank',
  'find path',
  'close path',
]);

export function beginHistory(plan: Plan): History {
  return { plan, past: [], future: [] };
}

export function historyAfter(history: History, action: HistoryAction): History {
  const { plan, past, future } = history;
  switch (action.do) {
    case 'undo': {
      const before = past.at(-1);
      return before ? { plan: inView(plan, before), past: past.slice(0, -1), future: [plan, ...future] } : history;
    }
    case 'redo': {
      const [next, ...rest] = future;
      return next ? { plan: inView(plan, next), past: [...past, plan], future: rest } : history;
    }
    case 'restore':
      return beginHistory(action.plan);
    default: {
      const next = planAfter(plan, action);
      if (next === plan) return history;
      if (!UNDOABLE.has(action.do)) return { ...history, plan: next };
      return { plan: next, past: [...past, plan].slice(-MOST_STEPS), future: [] };
    }
  }
}

/** Returns the people and places of a plan, with the present colours, filters and day. */
function inView({ colouring, off, until }: Plan, plan: Plan): Plan {
  return { ...plan, colouring, off, until };
}
