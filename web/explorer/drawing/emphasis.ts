import type { Core, EdgeSingular, NodeSingular } from 'cytoscape';

import { setClass } from './classes.ts';

/** The people and lines that are emphasized. */
export interface Emphasis {
  selected: string | undefined;
  /** The people of the path in order, if a path is shown. */
  path: readonly string[] | undefined;
  loading: ReadonlySet<string>;
}

/**
 * Sets the emphasis with classes that no other code sets. If the selection moves from one person to another, only the
 * lines and people around these two change: all others stay faded.
 *
 * @param middle the person in the middle. The whole drawing is about this person, so selecting them fades no one.
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

/** Returns the people and lines of a path. */
function wayOf(cy: Core, path: readonly string[]): Set<string> {
  const lines = path.slice(1).map((to, i) => lineBetween(cy, path[i]!, to));
  return new Set([...path, ...lines]);
}

/** Returns the line of a follow. A mutual follow has one line, which can start at either end. */
function lineBetween(cy: Core, follower: string, followed: string): string {
  const line = `${follower}>${followed}`;
  return cy.$id(line).nonempty() ? line : `${followed}>${follower}`;
}

/** Returns a person, their lines and the people at the other ends. Empty if the person is not drawn. */
function around(cy: Core, id: string): Set<string> {
  return new Set(cy.$id(id).closedNeighborhood().map((element) => element.id()));
}
