import type { StylesheetJson } from 'cytoscape';

import type { Colours } from './colours.ts';

/** Returns the style of the elements. Sizes are CSS pixels at zoom 1. naming.ts sets the sizes of labels. */
export function styleOf(colours: Colours, fontFamily: string): StylesheetJson {
  return [
    {
      selector: 'core',
      style: { 'active-bg-opacity': 0, 'outside-texture-bg-opacity': 0 } as never,
    },
    {
      selector: 'node',
      style: {
        width: 'data(size)',
        height: 'data(size)',
        'background-color': colours.other,
        'border-width': 1.5,
        'border-color': colours.ground,
        color: colours.text,
        'font-family': fontFamily,
        'text-valign': 'bottom',
        'text-margin-y': 3,
        'text-outline-color': colours.ground,
        'text-outline-width': 2.5,
        'overlay-opacity': 0,
        'z-index': 2,
      },
    },
    { selector: 'node.follower', style: { 'background-color': colours.follower } },
    { selector: 'node.followed', style: { 'background-color': colours.followed, shape: 'round-rectangle' } },
    { selector: 'node.both', style: { 'background-color': colours.both, shape: 'round-hexagon' } },
    {
      selector: 'node.middle',
      style: {
        'background-color': colours.middle,
        'border-width': 3,
        'outline-width': 2,
        'outline-offset': 0,
        'outline-color': colours.middle,
        'font-weight': 'bold',
        'z-index': 4,
      },
    },
    { selector: 'node.named', style: { label: 'data(label)' } },
    { selector: 'node.loading', style: { 'underlay-shape': 'ellipse', 'underlay-color': colours.text, 'underlay-opacity': 0.14, 'underlay-padding': 7 } },
    {
      selector: 'edge',
      style: {
        width: 1,
        'curve-style': 'straight',
        'line-color': colours.line,
        'line-opacity': 0.3,
        'target-arrow-shape': 'triangle',
        'target-arrow-color': colours.line,
        'arrow-scale': 0.65,
        'target-distance-from-node': 1,
        'overlay-opacity': 0,
        'z-index': 1,
      },
    },
    { selector: 'edge.spoke', style: { 'line-opacity': 0.55, 'arrow-scale': 0.8 } },
    { selector: 'edge.crowded', style: { 'line-opacity': 0.28, 'arrow-scale': 0.6 } },
    {
      selector: 'edge.mutual',
      style: {
        width: 2.4,
        'line-color': colours['line-mutual'],
        'line-opacity': 0.6,
        'target-arrow-color': colours['line-mutual'],
        'source-arrow-shape': 'triangle',
        'source-arrow-color': colours['line-mutual'],
        'source-distance-from-node': 1,
        'arrow-scale': 0.7,
      },
    },
    { selector: 'node.faded', style: { opacity: 0.28 } },
    { selector: 'edge.faded', style: { opacity: 0.13 } },
    { selector: 'edge.lit, edge.hovered', style: { 'line-opacity': 0.95, 'arrow-scale': 1, 'z-index': 2 } },
    { selector: 'edge.lit.to', style: { 'line-color': colours.follower, 'target-arrow-color': colours.follower } },
    { selector: 'edge.lit.from', style: { 'line-color': colours.followed, 'target-arrow-color': colours.followed } },
    {
      selector: 'node.selected',
      style: {
        'outline-width': 3,
        'outline-offset': 2,
        'outline-color': colours.text,
        'z-index': 5,
      },
    },
    {
      selector: 'edge.path',
      style: {
        width: 4,
        opacity: 1,
        'line-opacity': 1,
        'line-color': colours.path,
        'target-arrow-color': colours.path,
        'source-arrow-color': colours.path,
        'arrow-scale': 1.1,
        'z-index': 3,
      },
    },
    {
      selector: 'node.path',
      style: { opacity: 1, 'outline-width': 4, 'outline-offset': 1, 'outline-color': colours.path, 'z-index': 5 },
    },
  ] as StylesheetJson;
}
