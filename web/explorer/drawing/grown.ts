import type { Place } from './place.ts';
import { begin, inOrder, withFollows, withPages, withPath, type Follow, type Graph, type Page, type Person } from './graph.ts';

/** The pages of a portion of a person's lists. */
export interface LoadedPortion {
  pages: readonly Page[];
  /** Where the user had moved the person before, if anywhere. */
  at: Place | undefined;
}

/** What was loaded for a drawing. */
export interface Material {
  viewer: string | undefined;
  middle: Person;
  /** The loaded portions in the order of the plan. */
  portions: readonly LoadedPortion[];
  /** The people of a path, and the number of portions before it. */
  path: { people: readonly Person[]; after: number } | undefined;
  follows: readonly Follow[];
  /** Newer data about some people. */
  newest: readonly Person[];
  corrections: Graph['corrections'];
}

/**
 * Returns the graph of what was loaded. It depends only on the content and on the order of the plan, never on the order
 * in which answers came. A portion of a person who is not drawn is left out.
 */
export function grown({ viewer, middle, portions, path, follows, newest, corrections }: Material): Graph {
  let graph = begin(middle, viewer, corrections);
  const chain = () => {
    if (path) graph = withPath(graph, path.people);
  };
  portions.forEach(({ pages, at }, i) => {
    if (path?.after === i) chain();
    const of = pages[0]?.of;
    if (of !== undefined && graph.people.has(of)) graph = withPages(asNewStep(graph, of, at), of, pages);
  });
  if (path && path.after >= portions.length) chain();
  return inOrder(withFollows(withNewest(graph, newest), follows));
}

function withNewest(graph: Graph, newest: readonly Person[]): Graph {
  const drawn = newest.filter(({ id }) => graph.people.has(id));
  if (drawn.length === 0) return graph;
  return { ...graph, people: new Map([...graph.people, ...drawn.map((person) => [person.id, person] as const)]) };
}

/** Returns the graph with an empty step, so that each portion has its own. */
function asNewStep(graph: Graph, of: string, at: Place | undefined): Graph {
  return { ...graph, steps: [...graph.steps, { of, people: [], ...(at && { at }) }] };
}
