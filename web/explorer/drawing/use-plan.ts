import { useEffect, useReducer } from 'react';
import { usePathname } from 'wouter/use-browser-location';

import { routeOf } from '../route.ts';
import { boundedQueryOf, othersIn, planOf, queryOf } from './address.ts';
import { beginHistory, historyAfter, type History, type HistoryAction } from './history.ts';
import { BEGINNING, type Plan } from './plan.ts';

interface PlanControl extends History {
  change(action: HistoryAction): void;
  /** Whether a link to this address contains the whole plan. */
  isShareable: boolean;
}

/**
 * Keeps the plan of a drawing with its history. The address contains the plan, so that reloading, going back and a
 * shared link restore it. A plan that is too long for a link is stored beside the address, in the history of the tab.
 *
 * @param isKept whether the plan is in the address
 */
export function usePlan(middle: string, isKept: boolean): PlanControl {
  const [history, change] = useReducer(historyAfter, isKept ? planHere(middle) : BEGINNING, beginHistory);
  const { plan } = history;
  const pathname = usePathname();
  useEffect(() => {
    if (isKept) keep(plan);
  }, [isKept, plan, pathname]);
  useEffect(() => {
    if (!isKept) return;
    const restore = () => {
      const route = routeOf(location.pathname);
      if (route.page === 'user' && route.username === middle) change({ do: 'restore', plan: planHere(middle) });
    };
    addEventListener('popstate', restore);
    return () => removeEventListener('popstate', restore);
  }, [isKept, middle]);
  return { ...history, change, isShareable: boundedQueryOf(plan).isWhole };
}

/** The state of an entry in the history of the tab. */
interface Entry {
  /** The whole plan as a query, if it is too long for the address. */
  drawing?: string;
}

function planHere(middle: string): Plan {
  const { drawing } = (history.state ?? {}) as Entry;
  return planOf(typeof drawing === 'string' ? drawing : location.search, middle);
}

function keep(plan: Plan): void {
  const { query, isWhole } = boundedQueryOf(plan);
  const search = [othersIn(location.search), query].filter(Boolean).join('&');
  const { drawing: _, ...others } = (history.state ?? {}) as Entry;
  const state = isWhole ? others : { ...others, drawing: queryOf(plan) };
  // Without the event of the router: the page does not change.
  History.prototype.replaceState.call(history, state, '', `${location.pathname}${search && `?${search}`}${location.hash}`);
}
