import { relationOf, type Graph, type Relation } from './graph.ts';
import type { Place, Places } from './layout.ts';

/** The room that one person gets: the edge of a square of that area. */
export const ROOM = 66;

/** The first spots around somebody stay free, so that their own node and name have air. */
const AIR = 6;

/** The angle between one seed of a sunflower and the next: no direction is ever crowded. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** An ellipse is easier to fit into a window than a circle: how far it is drawn apart each way. */
export interface Stretch {
  x: number;
  y: number;
}

/** The radius of the disk that a number of people around somebody take. */
export function reach(count: number): number {
  return ROOM * Math.sqrt((count + AIR) / Math.PI);
}

/**
 * Spots around somebody for those who came through their lists: followers on the left, followed on the right, those who
 * are both between them, each group in a sector as wide as its share, and the earliest nearest. They are laid out as a
 * sunflower's seeds, leaving out spots that are taken.
 */
export function spotsAround(
  graph: Graph,
  center: string,
  at: Place,
  newcomers: readonly string[],
  taken: Places,
  stretch: Stretch,
): Map<string, Place> {
  const groups: Record<Relation, string[]> = { follower: [], followed: [], both: [], other: [] };
  for (const id of newcomers) groups[relationOf(graph, id, center)].push(id);
  const sectors = sectorsOf(groups);
  const others = [...taken].filter(([id]) => id !== center).map(([, place]) => place);
  const spots = new Map<string, Place>();
  for (let seed = 0; spots.size < newcomers.length; seed++) {
    const angle = (seed * GOLDEN) % (2 * Math.PI);
    const group = groups[sectors.find(({ end }) => angle < end)?.relation ?? 'follower'];
    const next = group[0];
    if (next === undefined) continue;
    const radius = reach(seed);
    const spot = { x: at.x + radius * Math.cos(angle) * stretch.x, y: at.y + radius * Math.sin(angle) * stretch.y };
    if (others.some((other) => distance(spot, other) < ROOM * 0.7)) continue;
    spots.set(next, spot);
    group.shift();
  }
  return spots;
}

interface Sector {
  relation: Relation;
  /** Where it ends, in radians clockwise from the right; it begins where the one before it ends. */
  end: number;
}

/** Sectors of the full circle, symmetric to the horizontal: followed, both below, followers, both above, followed. */
function sectorsOf(groups: Record<Relation, string[]>): Sector[] {
  const counts = {
    followed: groups.followed.length,
    both: groups.both.length,
    // Nobody comes through a list without a follow; if one ended meanwhile, its follower is still shown.
    follower: groups.follower.length + groups.other.length,
  };
  groups.follower.push(...groups.other.splice(0));
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
 * Where somebody with so many people around them has room: as near as possible to where they stand, outward from the
 * middle and, if need be, aside.
 */
export function clearing(from: Place, middle: Place, count: number, taken: readonly Place[]): Place {
  const outward = Math.atan2(from.y - middle.y, from.x - middle.x);
  const needed = reach(count) + ROOM * 0.6;
  const start = distance(from, middle);
  for (let radius = Math.max(start, needed); ; radius += ROOM / 2) {
    for (const turn of [0, 0.2, -0.2, 0.4, -0.4, 0.6, -0.6]) {
      const place = {
        x: middle.x + radius * Math.cos(outward + turn),
        y: middle.y + radius * Math.sin(outward + turn),
      };
      if (taken.every((other) => distance(place, other) > needed)) return place;
    }
  }
}
