import type { Graph, Person } from './graph.ts';

/** Radii in the units of the drawing, which are CSS pixels at zoom 1. */
const LEAST = 6;
const MOST = 23;
const MIDDLE_LEAST = 24;

/** The growth of the radius for ten times as many followers. */
const STEP = 4.5;

/** Returns the radius of a person's node. It grows with the logarithm of the number of followers, within bounds. */
export function radiusOf(graph: Graph, person: Person): number {
  const radius = Math.min(MOST, LEAST + STEP * Math.log10(1 + person.stats.followersCount));
  return person.id === graph.middle ? Math.max(MIDDLE_LEAST, radius) : radius;
}
