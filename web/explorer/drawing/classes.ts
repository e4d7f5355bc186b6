import type { EdgeSingular, NodeSingular } from 'cytoscape';

/**
 * Adds a class to an element or removes it. An element that needs no change is skipped: cytoscape would compute its
 * style again, and for thousands of elements this takes longer than a frame.
 */
export function setClass(element: NodeSingular | EdgeSingular, name: string, isSet: boolean): void {
  if (element.hasClass(name) !== isSet) element.toggleClass(name, isSet);
}
