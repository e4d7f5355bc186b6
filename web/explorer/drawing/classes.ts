import type { EdgeSingular, NodeSingular } from 'cytoscape';

/**
 * Gives an element a class, or takes it away. Cytoscape finds the style of an element anew even where the class is as it
 * should be already, which for all of some thousands takes longer than a frame: those are left alone.
 */
export function setClass(element: NodeSingular | EdgeSingular, name: string, isSet: boolean): void {
  if (element.hasClass(name) !== isSet) element.toggleClass(name, isSet);
}
