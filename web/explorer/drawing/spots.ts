import { relationOf, type Graph, type Relation } from './graph.ts';
import type { Place, Places } from './place.ts';

/** The area for one person, as the edge of a square. */
export const ROOM = 66;

/** The number of spots that stay free around a person, for their own node and name. */
const AIR = 6;

/** The golden angle: consecutive spots are spread evenly over all directions, like the seeds of a sunflower. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** Factors that stretch a circle to an ellipse, which fits a window better. */
export interface Stretch {
  x: number;
  y: number;
}

/** Returns the radius of the disk for a number of people around a person. */
export function reach(count: number): number {
  return ROOM * Math.sqrt((count + AIR) / Math.PI);
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
  /** The end of the sector, in radians clockwise from the right. It starts at the end of the previous sector. */
  end: number;
}

/** Returns the sectors of the circle, clockwise from the right: followed, both, followers, both, followed. */
function sectorsOf(groups: Record<Relation, string[]>): Sector[] {
  const counts = {
    followed: groups.followed.length,
    both: groups.both.length,
    // Every person in a list has a follow. If the follow was removed in the meantime, the person is still shown.
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
 * Returns the nearest place where a person and a number of people around them have room. It looks outward from the
 * middle and, if necessary, to the sides.
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
