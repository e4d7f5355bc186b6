import { count, digits } from '../format.ts';
import { inSentence, isolated } from '../name.ts';
import { drawnOf, idOf, MOST_PEOPLE, mutualOf, relationOf, withoutAccountOf, type Graph, type Side } from './graph.ts';
import { labelOf } from './name.ts';
import { kindsIn } from './part.ts';
import type { PathState } from './path-search.ts';

/** The text when the drawing is full. */
export const FULL = `The graph is full: the limit is ${digits(MOST_PEOPLE)} people. Open a person to start a new graph.`;

/** The maximum number of names in the text about users who were not found. */
const MOST_NAMED = 3;

/** Returns a person's name for use in a sentence: a very long name would cover the drawing. */
export function calledIn(graph: Graph, id: string): string {
  return inSentence(graph.people.get(id)!);
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
      return `not connected to ${name}`;
  }
}

/** "68 people: Ada Byron, 20 mutual follows, 23 other followers and 24 others followed". The numbers add up. */
export function peopleInWords(graph: Graph): string {
  const { both, follower, followed, other } = kindsIn(graph);
  const parts = [
    labelOf(graph.people.get(graph.middle)!),
    ...(both > 0 ? [count(both, 'mutual follow')] : []),
    ...(follower > 0 ? [count(follower, both > 0 ? 'other follower' : 'follower')] : []),
    ...(followed > 0 ? [`${digits(followed)} ${both === 0 ? '' : followed === 1 ? 'other ' : 'others '}followed`] : []),
    ...(other > 0 ? [`${count(other, 'further person', 'further people')}`] : []),
  ];
  const all = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]!;
  return `${count(graph.people.size, 'person', 'people')}: ${all}`;
}

/** "Users not found: @ada, @rhys, @yeva and 3 others." */
export function unknownInWords(usernames: readonly string[]): string {
  const named = usernames.slice(0, MOST_NAMED).map((username) => inSentence({ username: `@${username}`, firstname: null, lastname: null }));
  const others = usernames.length - named.length;
  const all = others > 0 ? `${named.join(', ')} and ${count(others, 'other')}` : named.join(', ');
  return `${usernames.length === 1 ? 'User' : 'Users'} not found: ${all}.`;
}

/** "Ada Byron has 2,002 followers and follows 56 people; 31 follows are mutual." */
export function totalsInWords(graph: Graph, id: string): string {
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  const counts = `has ${count(followersCount, 'follower')} and follows ${count(followingsCount, 'person', 'people')}`;
  const mutual = followersCount > 0 && followingsCount > 0 ? mutualOf(graph, id) : undefined;
  const ofMutual = mutual === undefined ? '' : `; ${count(mutual, 'follow is', 'follows are')} mutual`;
  const withoutAccount = withoutAccountOf(graph, id, 'followers') + withoutAccountOf(graph, id, 'following');
  const isOrAre = withoutAccount === 1 ? 'is' : 'are';
  const others = withoutAccount > 0 ? ` ${digits(withoutAccount)} of them without an account ${isOrAre} not shown.` : '';
  return `${labelOf(graph.people.get(id)!)} ${counts}${ofMutual}.${others}`;
}

/** Returns a path in words: "Ada → Rhys → Yeva", or a sentence if there is none. */
export function pathInWords(graph: Graph | undefined, { from, to, status, people }: PathState): string {
  const nameIn = (username: string) => {
    const id = graph && idOf(graph, username);
    return graph && id !== undefined ? calledIn(graph, id) : isolated(`@${username}`);
  };
  const ends = `from ${nameIn(from)} to ${nameIn(to)}`;
  switch (status) {
    case 'FOUND':
      return people.map(inSentence).join(' → ');
    case 'NONE':
      return `There is no path of follows ${ends}.`;
    case 'LIMIT_REACHED':
      return `No path ${ends} was found within the limit of the search. There may be one.`;
    case 'MISSING':
      return `There is no path ${ends}: user not found.`;
    case 'FAILED':
      return `The path ${ends} could not be loaded.`;
    case 'LOADING':
      return `Searching for a path ${ends}…`;
  }
}
