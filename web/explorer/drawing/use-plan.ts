import { useEffect, useEffectEvent, useReducer, useState } from 'react';
import { usePathname } from 'wouter/use-browser-location';

import { routeOf } from '../route.ts';
import { boundedQueryOf } from './address.ts';
import { beginHistory, historyAfter, type History, type HistoryAction } from './history.ts';
import { BEGINNING } from './plan.ts';
import { pointHere, TabHistory } from './tab-history.ts';

interface PlanControl extends History {
  change(action: HistoryAction): void;
  /** Whether a link to this address contains the whole plan. */
  isShareable: boolean;
}

/**
 * Keeps the plan of a drawing with its history. The address contains the plan, so that reloading, going back and a
 * shared link restore it.
 *
 * @param isKept whether the plan is in the address
 */
export function usePlan(middle: string, isKept: boolean): PlanControl {
  const begin = () => beginHistory(isKept ? pointHere(middle) : { plan: BEGINNING, entry: 0 });
  const [history, change] = useReducer(historyAfter, undefined, begin);
  const [tab] = useState(() => new TabHistory());
  const { plan, entry } = history;
  const pathname = usePathname();
  useEffect(() => {
    if (isKept) tab.keep({ plan, entry });
  }, [isKept, plan, entry, pathname]);
  const moved = useEffectEvent(() => {
    const route = routeOf(location.pathname);
    if (route.page !== 'user' || route.username !== middle) return;
    if (!tab.arrived()) change({ do: 'restore', ...pointHere(middle) });
  });
  useEffect(() => {
    if (!isKept) return;
    const listener = () => moved();
    addEventListener('popstate', listener);
    return () => removeEventListener('popstate', listener);
  }, [isKept]);
  return { ...history, change, isShareable: boundedQueryOf(plan).isWhole };
}
