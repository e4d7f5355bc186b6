import { digits } from '../format.ts';
import { nameOf } from '../name.ts';
import { drawnOf, MOST_PEOPLE, relationOf, withoutAccountOf, type Graph, type Side } from './graph.ts';
import { isolated } from './name.ts';

/** The text when the drawing is full. */
export const FULL = `The drawing is full: the limit is ${digits(MOST_PEOPLE)} people. Open a person to start a new drawing.`;

/** Returns a person's name for use in a sentence. */
export function calledIn(graph: Graph, id: string): string {
  return isolated(nameOf(graph.people.get(id)!));
}

/** "40 of 3,035 followers and 12 of 44 followed, and 3 without an account". */
export function countsInWords(graph: Graph, id: string): string {
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  const followers = `${part(graph, id, 'followers', followersCount)} ${followersCount === 1 ? 'follower' : 'followers'}`;
  const counts = `${followers} and ${part(graph, id, 'following', followingsCount)} followed`;
  const withoutAccount = withoutAccountOf(graph, id, 'followers') + withoutAccountOf(graph, id, 'following');
  return withoutAccount > 0 ? `${counts}, and ${digits(withoutAccount)} without an account` : counts;
}

function part(graph: Graph, id: string, side: Side, count: number): string {
  return `${digits(drawnOf(graph, id, side))} of ${digits(count)}`;
}

/** Returns the text after a person's lists were added. */
export function drawnInWords(graph: Graph, id: string): string {
  return `Shown for ${calledIn(graph, id)}: ${countsInWords(graph, id)}.`;
}

/** Returns the text if a person has no further people to add. */
export function emptyInWords(graph: Graph, id: string): string {
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  const name = calledIn(graph, id);
  if (followersCount + followingsCount === 0) return `${name} has no followers and follows no one yet.`;
  return `All connections of ${name} are shown: ${countsInWords(graph, id)}.`;
}

/** Returns a person's relation to the person in the middle, or else to the person who added them: "follows Ada". */
export function relationInWords(graph: Graph, id: string): string {
  if (id === graph.middle) return 'in the middle';
  const relation = relationOf(graph, id, graph.middle);
  const to = relation === 'other' ? graph.origins.get(id)! : graph.middle;
  const name = calledIn(graph, to);
  switch (relation === 'other' ? relationOf(graph, id, to) : relation) {
    case 'both':
      return `follows ${name} and is followed back`;
    case 'follower':
      return `follows ${name}`;
    case 'followed':
      return `followed by ${name}`;
    case 'other':
      return `no longer connected to ${name}`;
  }
}

/** Returns a path in words: "Ada → Rhys → Yeva", or a sentence if there is none. */
export function pathInWords(graph: Graph, from: string, to: string, path: readonly string[] | undefined): string {
  if (path) return path.map((id) => calledIn(graph, id)).join(' → ');
  return `There is no path from ${calledIn(graph, from)} to ${calledIn(graph, to)} among the people shown.`;
}
