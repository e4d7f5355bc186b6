import { decoded } from '../address.ts';
import type { Place } from './place.ts';
import { BEGINNING, KINDS, type Kind, type Plan } from './plan.ts';

/** The maximum length of the query of an address, in characters. Longer links are cut by some programs. */
export const MOST_CHARACTERS = 4000;

/** The maximum numbers that are read from an address. */
const MOST_STEPS = 200;
const MOST_NAMES = 2000;

/** The maximum distance of a moved person from the middle, in units of the drawing. */
const FARTHEST = 100_000;

/** The parameters of the drawing. Other parameters of the address stay. */
const PARAMETERS = ['expand', 'hide', 'move', 'path', 'by', 'colours', 'off', 'until'] as const;
type Parameter = (typeof PARAMETERS)[number];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Returns a plan as the query of an address: `?expand=ada,rhys:2&hide=yeva`. Names are separated by commas. A colon is
 * before the number of portions of an expansion and the place that they are around, the place of a moved person, and the
 * number of expansions before a path.
 */
export function queryOf(plan: Plan): string {
  const { expanded, anchors, hidden, moved, rank, path, colouring, off, until } = plan;
  const values: Record<Parameter, string> = {
    expand: runsOf(expanded)
      .map(({ name, count, isFirst }) => {
        const anchor = isFirst ? anchors.get(name) : undefined;
        if (anchor) return `${encoded(name)}:${count}:${anchor.x}:${anchor.y}`;
        return count > 1 ? `${encoded(name)}:${count}` : encoded(name);
      })
      .join(),
    hide: hidden.map(encoded).join(),
    move: [...moved].map(([name, { x, y }]) => `${encoded(name)}:${x}:${y}`).join(),
    path: path ? `${encoded(path.from)},${encoded(path.to)}${path.after < expanded.length ? `:${path.after}` : ''}` : '',
    by: rank === BEGINNING.rank ? '' : rank,
    colours: colouring === BEGINNING.colouring ? '' : colouring,
    off: KINDS.filter((kind) => off.has(kind)).join(),
    until: until ?? '',
  };
  return PARAMETERS.filter((name) => values[name] !== '')
    .map((name) => `${name}=${values[name]}`)
    .join('&');
}

/**
 * Returns the query of a plan within the maximum length, and whether it contains the whole plan. If the plan is too
 * long, the oldest moves are left out, then the oldest hidden people, then the newest expansions.
 */
export function boundedQueryOf(plan: Plan): { query: string; isWhole: boolean } {
  const query = queryOf(plan);
  if (query.length <= MOST_CHARACTERS && plan.expanded.length <= MOST_STEPS) return { query, isWhole: true };
  const { moved, hidden, expanded } = plan;
  const shorter = (size: number) => {
    const isLeft = (list: readonly unknown[], before: number) => Math.max(0, Math.min(list.length, size - before));
    const [ofExpanded, ofHidden] = [isLeft(expanded, 0), isLeft(hidden, expanded.length)];
    const ofMoved = isLeft([...moved], expanded.length + hidden.length);
    return queryOf({
      ...plan,
      expanded: expanded.slice(0, ofExpanded),
      hidden: hidden.slice(hidden.length - ofHidden),
      moved: new Map([...moved].slice(moved.size - ofMoved)),
    });
  };
  let [fits, tooLong] = [0, expanded.length + hidden.length + moved.size];
  while (tooLong - fits > 1) {
    const size = Math.floor((fits + tooLong) / 2);
    if (shorter(size).length <= MOST_CHARACTERS) fits = size;
    else tooLong = size;
  }
  return { query: shorter(fits), isWhole: false };
}

/**
 * Reads a plan from the query of an address. Parts that are not valid are ignored. A path with one name begins at the
 * person in the middle.
 */
export function planOf(search: string, middle: string): Plan {
  const values = new Map(partsOf(search).map(({ name, value }) => [name, value]));
  const listOf = (name: Parameter) => (values.get(name) ?? '').split(',').filter(Boolean);
  const namesOf = (name: Parameter) => listOf(name).slice(0, MOST_NAMES).flatMap((each) => decoded(each) ?? []);
  const expansions = listOf('expand').flatMap((text) => expansionOf(text) ?? []);
  const expanded = expansions.flatMap(({ name, count }) => Array<string>(count).fill(name)).slice(0, MOST_STEPS);
  const until = values.get('until') ?? '';
  return {
    expanded,
    anchors: new Map(expansions.flatMap(({ name, at }) => (at ? [[name, at] as const] : []))),
    hidden: [...new Set(namesOf('hide'))],
    moved: new Map(listOf('move').slice(0, MOST_NAMES).flatMap(moveOf)),
    rank: values.get('by') === 'newest' ? 'newest' : 'top',
    path: pathOf(listOf('path'), middle, expanded.length),
    colouring: values.get('colours') === 'community' ? 'community' : 'relation',
    off: new Set(listOf('off').filter((each): each is Kind => KINDS.some((kind) => kind === each))),
    until: DAY.test(until) && !Number.isNaN(Date.parse(until)) ? until : undefined,
  };
}

/** Returns the parameters of an address that do not belong to the drawing. */
export function othersIn(search: string): string {
  const isOther = ({ name }: { name: string }) => !PARAMETERS.some((each) => each === name);
  return partsOf(search).filter(isOther).map(({ text }) => text).join('&');
}

function partsOf(search: string): { name: string; value: string; text: string }[] {
  return search
    .replace(/^\?/, '')
    .split('&')
    .filter(Boolean)
    .map((text) => {
      const [name = '', ...rest] = text.split('=');
      return { name, value: rest.join('='), text };
    });
}

function expansionOf(text: string): { name: string; count: number; at: Place | undefined } | undefined {
  const [start, count = '1', x, y] = text.split(':');
  const name = decoded(start);
  if (!name) return undefined;
  const [right, down] = [placeOf(x), placeOf(y)];
  const at = right !== undefined && down !== undefined ? { x: right, y: down } : undefined;
  return { name, count: /^\d{1,3}$/.test(count) ? Math.min(Number(count), MOST_STEPS) : 1, at };
}

function moveOf(text: string): [string, { x: number; y: number }][] {
  const [name, x, y] = text.split(':');
  const username = decoded(name);
  const [right, down] = [placeOf(x), placeOf(y)];
  return username && right !== undefined && down !== undefined ? [[username, { x: right, y: down }]] : [];
}

function placeOf(text: string | undefined): number | undefined {
  if (!text || !/^-?\d{1,6}$/.test(text)) return undefined;
  return Math.max(-FARTHEST, Math.min(FARTHEST, Number(text)));
}

function pathOf(ends: readonly string[], middle: string, expansions: number): Plan['path'] {
  const [name, after = ''] = (ends.at(-1) ?? '').split(':');
  const from = ends.length === 1 ? middle : decoded(ends[0]);
  const to = decoded(name);
  if (!from || !to || ends.length > 2) return undefined;
  return { from, to, after: /^\d{1,3}$/.test(after) ? Math.min(Number(after), expansions) : expansions };
}

/** The expansions with equal neighbours as one. */
function runsOf(names: readonly string[]): { name: string; count: number; isFirst: boolean }[] {
  const runs: { name: string; count: number; isFirst: boolean }[] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.name === name) last.count++;
    else runs.push({ name, count: 1, isFirst: !runs.some((run) => run.name === name) });
  }
  return runs;
}

/** A username can contain any character in an imported graph. The separators are encoded too. */
function encoded(name: string): string {
  return encodeURIComponent(name);
}
