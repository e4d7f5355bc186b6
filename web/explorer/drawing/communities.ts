import louvain from 'graphology-communities-louvain';
import { UndirectedGraph } from 'graphology';

import { COMMUNITY_COLOURS } from './colours.ts';
import { linesOf, type Graph } from './graph.ts';

/** A mutual follow binds two people more than a one-way follow. */
const MUTUAL = 2;

/**
 * Returns the community of each person as a number: 0 is the largest. Communities are people with many follows among
 * them, found by the Louvain method. The result depends only on the people and follows, not on the order in which they
 * were loaded. The follows of the person in the middle do not count: they connect everyone.
 */
export function communitiesOf(graph: Pick<Graph, 'people' | 'following' | 'middle'>): Map<string, number> {
  const network = new UndirectedGraph<object, { weight: number }>();
  for (const id of [...graph.people.keys()].sort()) if (id !== graph.middle) network.addNode(id);
  const lines = linesOf(graph).sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { source, target, mutual } of lines) {
    if (!network.hasNode(source) || !network.hasNode(target)) continue;
    network.addUndirectedEdge(source, target, { weight: mutual ? MUTUAL : 1 });
  }
  if (network.size === 0) return new Map();
  const groups = new Map<number, string[]>();
  for (const [id, group] of Object.entries(louvain(network, { rng: seeded(), getEdgeWeight: 'weight' }))) {
    const people = groups.get(group);
    if (people) people.push(id);
    else groups.set(group, [id]);
  }
  const bySize = [...groups.values()].sort((a, b) => b.length - a.length || (a[0]! < b[0]! ? -1 : 1));
  // A person without follows among the people shown is in no community.
  const numbered = bySize.filter(({ length }) => length > 1);
  return new Map(numbered.flatMap((people, i) => people.map((id) => [id, Math.min(i, COMMUNITY_COLOURS)] as const)));
}

/** Returns numbers between 0 and 1 that are always the same: a linear congruential generator (Numerical Recipes). */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (1664525 * state + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
