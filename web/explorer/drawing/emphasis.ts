import type { Core, EdgeSingular, NodeSingular } from 'cytoscape';

import { setClass } from './classes.ts';

/** What is emphasized. */
export interface Emphasis {
  selected: string | undefined;
  /** The people of a path in their order, if one is shown. */
  path: readonly string[] | undefined;
  loading: ReadonlySet<string>;
}

/**
 * Emphasizes, by classes that nothing else sets. Whoever is selected after somebody else changes the lines and people
 * around those two alone: all others stay faded.
 *
 * @param middle who stands in the middle. It is what the whole drawing is about: nothing is brought out with it.
 */
export function bringOut(cy: Core, { selected, path, loading }: Emphasis, middle: string | undefined): void {
  const way = wayOf(cy, path ?? []);
  const isNear = way.size === 0 && selected !== undefined && selected !== middle;
  const near = isNear ? around(cy, selected) : new Set<string>();
  cy.batch(() => {
    cy.elements().forEach((element: NodeSingular | EdgeSingular) => {
      const id = element.id();
      const isLit = near.has(id) && element.isEdge();
      const isOneWay = isLit && !element.hasClass('mutual');
      setClass(element, 'selected', id === selected);
      setClass(element, 'loading', loading.has(id));
      setClass(element, 'path', way.has(id));
      setClass(element, 'lit', isLit);
      setClass(element, 'from', isOneWay && element.data('source') === selected);
      setClass(element, 'to', isOneWay && element.data('target') === selected);
      setClass(element, 'faded', way.size > 0 ? !way.has(id) && id !== selected : near.size > 0 && !near.has(id));
    });
  });
}

/** The people and lines of a path. */
function wayOf(cy: Core, path: readonly string[]): Set<string> {
  const lines = path.slice(1).map((to, i) => lineBetween(cy, path[i]!, to));
  return new Set([...path, ...lines]);
}

/** The line of a follow: a mutual one is drawn from either end. */
function lineBetween(cy: Core, follower: string, followed: string): string {
  const line = `${follower}>${followed}`;
  return cy.$id(line).nonempty() ? line : `${followed}>${follower}`;
}

/** Somebody, their lines and those whom they lead to; nobody where they are not drawn. */
function around(cy: Core, id: string): Set<string> {
  return new Set(cy.$id(id).closedNeighborhood().map((element) => element.id()));
}
