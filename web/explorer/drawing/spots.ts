import { relationOf, type Graph, type Relation } from './graph.ts';
import type { Place } from './place.ts';

/** The area for one person, as the edge of a square. */
export const ROOM = 66;

/** The number of spots that stay free around a person, for their own node and name. */
const AIR = 6;

/** The golden angle: consecutive spots are spread evenly over all directions, like the seeds of a sunflower. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** The width of the disk around the middle in relation to its height: windows are wider than high. */
const WIDE = 1.12;

/** Returns the radius of the disk for a number of people around a person. */
export function reach(count: number): number {
  return ROOM * Math.sqrt((count + AIR) / Math.PI);
}

/** Places in a grid, so that the places near another are found without reading all. */
export class Taken {
  readonly #cells = new Map<string, Place[]>();

  constructor(places: Iterable<Place>) {
    for (const place of places) this.add(place);
  }

  add(place: Place): void {
    const cell = cellOf(Math.floor(place.x / ROOM), Math.floor(place.y / ROOM));
    const known = this.#cells.get(cell);
    if (known) known.push(place);
    else this.#cells.set(cell, [place]);
  }

  /** Reports whether a place has no other place within a distance. */
  isFree(place: Place, within: number): boolean {
    const [left, right] = [Math.floor((place.x - within) / ROOM), Math.floor((place.x + within) / ROOM)];
    const [top, bottom] = [Math.floor((place.y - within) / ROOM), Math.floor((place.y + within) / ROOM)];
    for (let column = left; column <= right; column++) {
      for (let row = top; row <= bottom; row++) {
        const cell = this.#cells.get(cellOf(column, row));
        if (cell?.some((other) => distance(place, other) < within)) return false;
      }
    }
    return true;
  }
}

function cellOf(column: number, row: number): string {
  return `${column},${row}`;
}

/**
 * Returns spots around a person for the people from their lists: followers on the left, followed people on the right,
 * mutual follows between them. The width of a group's sector is its share of the people. Earlier people are nearer. The
 * spots are arranged like the seeds of a sunflower, and spots that are taken are skipped.
 */
export function spotsAround(
  graph: Graph,
  center: string,
  at: Place,
  newcomers: readonly string[],
  taken: Taken,
): Map<string, Place> {
  const groups: Record<Relation, string[]> = { follower: [], followed: [], both: [], other: [] };
  for (const id of newcomers) groups[relationOf(graph, id, center)].push(id);
  const sectors = sectorsOf(groups);
  const wide = center === graph.middle ? WIDE : 1;
  const next: Record<Relation, number> = { follower: 0, followed: 0, both: 0, other: 0 };
  const spots = new Map<string, Place>();
  for (let seed = 0; spots.size < newcomers.length; seed++) {
    const angle = (seed * GOLDEN) % (2 * Math.PI);
    const relation = sectors.find(({ end }) => angle < end)?.relation ?? 'follower';
    const id = groups[relation][next[relation]];
    if (id === undefined) continue;
    const radius = reach(seed);
    const spot = { x: at.x + radius * Math.cos(angle) * wide, y: at.y + (radius * Math.sin(angle)) / wide };
    if (!taken.isFree(spot, ROOM * 0.7)) continue;
    spots.set(id, spot);
    next[relation]++;
  }
  return spots;
}

interface Sector {
  relation: Relation;
  /** The end of the sector, in radians clockwise from the right. It starts at the end of the previous sector. */
  end: number;
}

/** Returns the sectors of the circle, clockwise from the right: followed, both, followers, both, followed. */
function sectorsOf(groups: Record<Relation, string[]>): Sector[] {
  // Every person in a list has a follow. If the follow was removed in the meantime, the person is still shown.
  groups.follower.push(...groups.other.splice(0));
  const counts = { followed: groups.followed.length, both: groups.both.length, follower: groups.follower.length };
  const half = Math.PI / (counts.followed + counts.both + counts.follower);
  const widths: [Relation, number][] = [
    ['followed', counts.followed * half],
    ['both', counts.both * half],
    ['follower', counts.follower * 2 * half],
    ['both', counts.both * half],
    ['followed', counts.followed * half],
  ];
  let end = 0;
  return widths.map(([relation, width]) => ({ relation, end: (end += width) }));
}

export function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/**
 * Returns the nearest place where a person and a number of people around them have room. It looks outward from the
 * middle and, if necessary, to the sides.
 */
export function clearing(from: Place, middle: Place, count: number, taken: Taken): Place {
  const outward = Math.atan2(from.y - middle.y, from.x - middle.x);
  const needed = reach(count) + ROOM * 0.6;
  const start = distance(from, middle);
  for (let radius = Math.max(start, needed); ; radius += ROOM / 2) {
    for (const turn of [0, 0.2, -0.2, 0.4, -0.4, 0.6, -0.6]) {
      const place = {
        x: middle.x + radius * Math.cos(outward + turn),
        y: middle.y + radius * Math.sin(outward + turn),
      };
      if (taken.isFree(place, needed)) return place;
    }
  }
}

/**
 * Returns spots for the people of a path who have no place: evenly between the two nearest people of the path with a
 * place, or outward from one of them if the other does not exist.
 */
export function spotsAlong(path: readonly string[], newcomers: ReadonlySet<string>, placeOf: (id: string) => Place): Map<string, Place> {
  const spots = new Map<string, Place>();
  for (let i = 0; i < path.length; i++) {
    if (!newcomers.has(path[i]!)) continue;
    let end = i;
    while (end < path.length && newcomers.has(path[end]!)) end++;
    const count = end - i;
    const [before, after] = [i > 0 ? placeOf(path[i - 1]!) : undefined, end < path.length ? placeOf(path[end]!) : undefined];
    for (let step = 1; step <= count; step++) {
      const id = path[i + step - 1]!;
      if (before && after) spots.set(id, bent(before, after, step / (count + 1)));
      else if (before) spots.set(id, outward(before, step));
      else spots.set(id, outward(after ?? { x: 0, y: 0 }, count + 1 - step));
    }
    i = end;
  }
  return spots;
}

/** The height of the bow between two people, in relation to their distance: a straight way would cross others. */
const BOW = 0.2;

function bent(from: Place, to: Place, part: number): Place {
  const bow = BOW * Math.sin(Math.PI * part);
  return {
    x: from.x + (to.x - from.x) * part - (to.y - from.y) * bow,
    y: from.y + (to.y - from.y) * part + (to.x - from.x) * bow,
  };
}

function outward({ x, y }: Place, steps: number): Place {
  const length = Math.hypot(x, y);
  const way = length === 0 ? { x: 1, y: 0 } : { x: x / length, y: y / length };
  return { x: x + way.x * 2 * ROOM * steps, y: y + way.y * 2 * ROOM * steps };
}
