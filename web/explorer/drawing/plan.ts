import type { LineKinds } from './marks.ts';
import type { Place } from './place.ts';

/** The order of a person's lists: the most followed people first, or the newest follows first. */
export type Rank = 'top' | 'newest';

/** The meaning of the colours of people. */
export type Colouring = 'relation' | 'community';

/** The kinds of people and lines that can be hidden in the legend. */
export const KINDS = ['mutual', 'followers', 'followed', 'others', 'one-way', 'two-way'] as const;
export type Kind = (typeof KINDS)[number];

/** A path that is shown, by the usernames of its ends. */
export interface PathPlan {
  from: string;
  to: string;
  /** The number of expansions before the path: the people of the path were added after these. */
  after: number;
}

/**
 * What a user has made of the drawing. Together with the data of the server it determines the picture. It contains
 * usernames and not ids, so that its form in the address is short and readable.
 */
export interface Plan {
  /**
   * The expanded people in order. The same person appears once for each portion of the lists. The first portion of the
   * person in the middle is not in it.
   */
  expanded: readonly string[];
  /** Where expanded people had been moved to before they were expanded. Their people are placed around these places. */
  anchors: ReadonlyMap<string, Place>;
  hidden: readonly string[];
  /** The places of the people who were moved, in whole units of the drawing. */
  moved: ReadonlyMap<string, Place>;
  rank: Rank;
  path: PathPlan | undefined;
  colouring: Colouring;
  /** The kinds of people and lines that are hidden. */
  off: ReadonlySet<Kind>;
  /** The last day of the follows that are shown, as in 2026-05-31 (UTC). Undefined for all follows. */
  until: string | undefined;
}

export const BEGINNING: Plan = {
  expanded: [],
  anchors: new Map(),
  hidden: [],
  moved: new Map(),
  rank: 'top',
  path: undefined,
  colouring: 'relation',
  off: new Set(),
  until: undefined,
};

/** Returns the kinds of lines that are drawn. */
export function linesIn({ off }: Plan): LineKinds {
  return { oneWay: !off.has('one-way'), mutual: !off.has('two-way') };
}

export type Action =
  | { do: 'expand' | 'collapse' | 'hide' | 'show'; username: string }
  | { do: 'show all' | 'close path' }
  | { do: 'move'; username: string; to: Place }
  | { do: 'rank'; rank: Rank }
  | { do: 'find path'; from: string; to: string }
  | { do: 'colour'; colouring: Colouring }
  | { do: 'switch'; kind: Kind; isOn: boolean }
  | { do: 'until'; day: string | undefined };

/** Returns the plan after an action. */
export function planAfter(plan: Plan, action: Action): Plan {
  switch (action.do) {
    case 'expand':
      return withExpansion(plan, action.username);
    case 'collapse':
      return withoutExpansion(plan, action.username);
    case 'hide':
      return plan.hidden.includes(action.username) ? plan : { ...plan, hidden: [...plan.hidden, action.username] };
    case 'show':
      return { ...plan, hidden: plan.hidden.filter((username) => username !== action.username) };
    case 'show all':
      return { ...plan, hidden: [] };
    case 'move':
      return { ...plan, moved: withPlace(plan.moved, action.username, action.to) };
    case 'rank':
      return { ...plan, rank: action.rank };
    case 'find path':
      return { ...plan, path: { from: action.from, to: action.to, after: plan.expanded.length } };
    case 'close path':
      return { ...plan, path: undefined };
    case 'colour':
      return { ...plan, colouring: action.colouring };
    case 'switch':
      return { ...plan, off: withKind(plan.off, action.kind, action.isOn) };
    case 'until':
      return { ...plan, until: action.day };
  }
}

function withExpansion(plan: Plan, username: string): Plan {
  const place = plan.expanded.includes(username) ? undefined : plan.moved.get(username);
  const anchors = place ? new Map(plan.anchors).set(username, place) : plan.anchors;
  return { ...plan, expanded: [...plan.expanded, username], anchors };
}

function withoutExpansion(plan: Plan, username: string): Plan {
  const isKept = (each: string) => each !== username;
  const expanded = plan.expanded.filter(isKept);
  const path = plan.path && { ...plan.path, after: plan.expanded.slice(0, plan.path.after).filter(isKept).length };
  return { ...plan, expanded, anchors: new Map([...plan.anchors].filter(([each]) => isKept(each))), path };
}

/** The person who was moved last is the last one, because the first ones have no room in a long address. */
function withPlace(moved: Plan['moved'], username: string, { x, y }: Place): Plan['moved'] {
  const places = new Map(moved);
  places.delete(username);
  return places.set(username, { x: Math.round(x), y: Math.round(y) });
}

function withKind(off: Plan['off'], kind: Kind, isOn: boolean): Plan['off'] {
  const kinds = new Set(off);
  if (isOn) kinds.delete(kind);
  else kinds.add(kind);
  return kinds;
}
