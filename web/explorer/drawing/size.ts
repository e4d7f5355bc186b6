import type { Graph, Person } from './graph.ts';

/** Radii in the drawing's own units, which are CSS pixels at zoom 1. */
const LEAST = 6;
const MOST = 23;
const MIDDLE_LEAST = 24;

/** How much bigger a node gets for each ten times as many followers. */
const STEP = 4.5;

/** The radius of somebody's node: it grows with the logarithm of their followers, within bounds. */
export function radiusOf(graph: Graph, person: Person): number {
  const radius = Math.min(MOST, LEAST + STEP * Math.log10(1 + person.stats.followersCount));
  return person.id === graph.middle ? Math.max(MIDDLE_LEAST, radius) : radius;
}
