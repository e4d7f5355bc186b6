import { digits } from '../format.ts';
import { nameOf } from '../name.ts';
import { drawnOf, MOST_PEOPLE, relationOf, strangersOf, type Graph, type Side } from './graph.ts';
import { isolated } from './name.ts';

/** What is said where no more people are taken in. */
export const FULL = `The drawing is full: it takes ${digits(MOST_PEOPLE)} people. Open somebody to begin anew around them.`;

/** What somebody is called in a sentence. */
export function calledIn(graph: Graph, id: string): string {
  return isolated(nameOf(graph.people.get(id)!));
}

/** "40 of 3,035 followers and 12 of 44 followed, and 3 without an account". */
export function countsInWords(graph: Graph, id: string): string {
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  const followers = `${part(graph, id, 'followers', followersCount)} ${followersCount === 1 ? 'follower' : 'followers'}`;
  const counts = `${followers} and ${part(graph, id, 'following', followingsCount)} followed`;
  const strangers = strangersOf(graph, id, 'followers') + strangersOf(graph, id, 'following');
  return strangers > 0 ? `${counts}, and ${digits(strangers)} without an account` : counts;
}

function part(graph: Graph, id: string, side: Side, count: number): string {
  return `${digits(drawnOf(graph, id, side))} of ${digits(count)}`;
}

/** What is said once somebody's lists were taken in. */
export function drawnInWords(graph: Graph, id: string): string {
  return `Drawn of ${calledIn(graph, id)}: ${countsInWords(graph, id)}.`;
}

/** What is said where there is nobody to take in. */
export function nobodyInWords(graph: Graph, id: string): string {
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  const name = calledIn(graph, id);
  if (followersCount + followingsCount === 0) return `${name} follows nobody and has no followers yet.`;
  return `All of ${name} is drawn: ${countsInWords(graph, id)}.`;
}

/** What somebody is to the one in the middle, or else to the one they came with: "follows Ada". */
export function relationInWords(graph: Graph, id: string): string {
  if (id === graph.middle) return 'in the middle';
  const relation = relationOf(graph, id, graph.middle);
  const to = relation === 'other' ? graph.origins.get(id)! : graph.middle;
  const name = calledIn(graph, to);
  switch (relation === 'other' ? relationOf(graph, id, to) : relation) {
    case 'both':
      return `follows ${name}, and is followed back`;
    case 'follower':
      return `follows ${name}`;
    case 'followed':
      return `followed by ${name}`;
    case 'other':
      return `no longer linked to ${name}`;
  }
}

/** "Ada → Rhys → Yeva", or that there is no such path. */
export function pathInWords(graph: Graph, from: string, to: string, path: readonly string[] | undefined): string {
  if (path) return path.map((id) => calledIn(graph, id)).join(' → ');
  return `No path of follows leads from ${calledIn(graph, from)} to ${calledIn(graph, to)} among those drawn.`;
}
