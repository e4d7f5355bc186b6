import type { Graph } from './graph.ts';

/**
 * Returns the shortest chain of follows from one drawn person to another, both ends included. Returns undefined if
 * there is none. Among several, it prefers people who were added first. It visits each follow at most once.
 */
export function pathOf(graph: Graph, from: string, to: string): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  // Iterating over a Map includes entries that are added on the way, so the Map is also the queue of the search.
  for (const [id] of cameFrom) {
    if (id === to) return trace(cameFrom, to);
    for (const followed of graph.following.get(id) ?? []) {
      if (!cameFrom.has(followed)) cameFrom.set(followed, id);
    }
  }
  return undefined;
}

function trace(cameFrom: ReadonlyMap<string, string | undefined>, to: string): string[] {
  const path: string[] = [];
  for (let id: string | undefined = to; id !== undefined; id = cameFrom.get(id)) path.unshift(id);
  return path;
}
