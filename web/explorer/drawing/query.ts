import type { Graph } from './graph.ts';
import type { Plan } from './plan.ts';
import { portionsOf, requestOf, type Portion } from './portion.ts';

/** The maximum number of expanded people in the query, so that the address does not get too long. */
const MOST_EXPANDED = 20;

/** The maximum number of people whose follows are in the query: the limit of `follows`. */
const MOST_IDS = 100;

/** A query with its variables. */
export interface DrawnQuery {
  query: string;
  variables: Record<string, unknown>;
}

/** Returns a query for the people of a drawing and the follows among the first hundred of them. */
export function drawnQueryOf(graph: Graph, plan: Plan): DrawnQuery {
  const middle = graph.people.get(graph.middle)!.username;
  const all = portionsOf(middle, plan.expanded, plan.rank);
  const last = new Map(all.map((portion) => [portion.username, portion]));
  const people = [...last.values()].slice(0, MOST_EXPANDED);
  const ids = [...graph.people.keys()].slice(0, MOST_IDS);
  const notes = [
    ...(last.size > people.length ? [`# The graph has ${last.size} expanded people: these are the first ${people.length}.`] : []),
    ...(graph.people.size > ids.length ? [`# The follows are those among the first ${ids.length} of ${graph.people.size} people.`] : []),
  ];
  const names = people.map((_, i) => (i === 0 ? 'username' : `username${i + 1}`));
  const query = `${notes.map((note) => `${note}\n`).join('')}query Graph(${names.map((name) => `$${name}: String!`).join(', ')}, $ids: [ID!]!) {
${people.map((portion, i) => userOf(portion, i, names[i]!)).join('\n')}
  follows(followerIds: $ids, followingIds: $ids) {
    followerId
    followingId
    followedAt
  }
}

fragment Person on User {
  id
  username
  firstname
  lastname
  stats {
    followersCount
    followingsCount
  }
}
`;
  return { query, variables: { ...Object.fromEntries(people.map(({ username }, i) => [names[i]!, username])), ids } };
}

function userOf(portion: Portion, place: number, variable: string): string {
  const request = requestOf(portion);
  const nodes = (field: string, first: number) => `    ${field}(first: ${first}) {
      nodes {
        ...Person
      }
    }`;
  const lists =
    request.kind === 'top'
      ? [nodes('friends', request.mutual), nodes('topFollowers', request.first), nodes('topFollowing', request.first)]
      : [nodes('followers', request.first), nodes('following', request.first)];
  return `  ${place === 0 ? 'user' : `user${place + 1}: user`}(username: $${variable}) {
    ...Person
${lists.join('\n')}
  }`;
}

/** Returns the address of the playground with a query. */
export function playgroundOf({ query, variables }: DrawnQuery): string {
  return `/playground?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(JSON.stringify(variables, null, 2))}`;
}
