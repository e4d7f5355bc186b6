import type { Graph } from './graph.ts';
import type { Plan } from './plan.ts';
import { portionsOf, requestOf, type Portion } from './portion.ts';

/** The maximum number of expanded people in the query. */
const MOST_EXPANDED = 20;

/** The maximum number of people whose follows are in the query: the limit of `follows`. */
const MOST_IDS = 100;

/** The maximum length of the parameters, in characters: many proxies refuse addresses with more than 8,000. */
const LONGEST = 7900;

/** How many people less are tried if it is longer. */
const FEWER = 5;

/** A query with its variables. */
export interface DrawnQuery {
  query: string;
  variables: Record<string, unknown>;
}

/** Returns a query for the people of a drawing and the follows among the first of them, as far as an address has room. */
export function drawnQueryOf(graph: Graph, plan: Plan): DrawnQuery {
  let [expanded, ids] = [MOST_EXPANDED, MOST_IDS];
  let drawn = queryOf(graph, plan, expanded, ids);
  while (parametersOf(drawn).length > LONGEST && expanded > 1) {
    if (ids > expanded) ids -= FEWER;
    else expanded--;
    drawn = queryOf(graph, plan, expanded, ids);
  }
  return drawn;
}

function queryOf(graph: Graph, plan: Plan, mostExpanded: number, mostIds: number): DrawnQuery {
  const middle = graph.people.get(graph.middle)!.username;
  const all = portionsOf(middle, plan.expanded, plan.rank);
  const last = new Map(all.map((portion) => [portion.username, portion]));
  const people = [...last.values()].slice(0, mostExpanded);
  const ids = [...graph.people.keys()].slice(0, mostIds);
  const notes = [
    ...(last.size > people.length ? [`# The graph has ${last.size} expanded people: these are the first ${people.length}.`] : []),
    ...(graph.people.size > ids.length ? [`# The follows are those among the first ${ids.length} of ${graph.people.size} people.`] : []),
  ];
  const names = people.map((_, i) => (i === 0 ? 'username' : `username${i + 1}`));
  const fragments = [...new Set(people.map(listsIn))];
  const query = `${notes.map((note) => `${note}\n`).join('')}query Graph(${names.map((name) => `$${name}: String!`).join(', ')}, $ids: [ID!]!) {
${people.map((portion, i) => userOf(names[i]!, i, fragmentName(fragments.indexOf(listsIn(portion))))).join('\n')}
  follows(followerIds: $ids, followingIds: $ids) {
    followerId
    followingId
    followedAt
  }
}

${fragments.map((fields, i) => `fragment ${fragmentName(i)} on User {\n  ...Person\n${fields}\n}`).join('\n\n')}

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

function userOf(variable: string, place: number, fragment: string): string {
  return `  ${place === 0 ? 'user' : `user${place + 1}: user`}(username: $${variable}) {
    ...${fragment}
  }`;
}

/** People with portions of one size have one fragment. */
function fragmentName(place: number): string {
  return place === 0 ? 'Around' : `Around${place + 1}`;
}

/** Returns the fields for the lists of a portion. */
function listsIn(portion: Portion): string {
  const request = requestOf(portion);
  const nodes = (field: string, first: number) => `  ${field}(first: ${first}) {
    nodes {
      ...Person
    }
  }`;
  const lists =
    request.kind === 'top'
      ? [nodes('friends', request.mutual), nodes('topFollowers', request.first), nodes('topFollowing', request.first)]
      : [nodes('followers', request.first), nodes('following', request.first)];
  return lists.join('\n');
}

/** Returns a query as the parameters of the playground's address. */
export function parametersOf({ query, variables }: DrawnQuery): string {
  return new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString();
}
