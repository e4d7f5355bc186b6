import type { Graph } from './graph.ts';

/**
 * The shortest chain of follows that leads from one person to another among those drawn, both ends included; undefined
 * where there is none. Of several it is the one through those who came first. It looks at each follow once at most.
 */
export function pathOf(graph: Graph, from: string, to: string): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  // A Map goes on through what is added to it on the way: it is the queue of the search, too.
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
