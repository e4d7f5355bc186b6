import type { Core, NodeSingular } from 'cytoscape';

import { setClass } from './classes.ts';
import { labelsWithRoom, type Label } from './labels.ts';
import type { Box } from './viewport.ts';

/** Sizes of names in the window, in CSS pixels. They do not depend on the zoom. */
const FONT = 12;
const MIDDLE_FONT = 15;
const DISTANCE = 3;
const OUTLINE = 2.5;

/** A name can cover nodes with a smaller radius, in CSS pixels in the window. */
const SEEN = 4;

/** Returns the space around a name in CSS pixels: more when zoomed out, where names would cover the drawing. */
function airAt(zoom: number): number {
  return 4 + 32 * Math.max(0, 0.75 - zoom);
}

const pen = document.createElement('canvas').getContext('2d')!;

/** Shows the names that have room at this zoom, the important ones first, all in the same size. */
export function nameNodes(cy: Core): void {
  const zoom = cy.zoom();
  const { x1, x2, y1, y2 } = cy.extent();
  const inSight = cy
    .nodes('[weight]')
    .toArray()
    .map((element) => element as NodeSingular)
    .filter((node) => {
      const { x, y } = node.position();
      return x >= x1 && x <= x2 && y >= y1 && y <= y2 && !node.hasClass('new');
    })
    .sort((a, b) => rankOf(b) - rankOf(a));
  const shown = labelsWithRoom(inSight.map((node) => labelOf(node, airAt(zoom))), inSight.flatMap(obstacleOf));
  cy.batch(() => {
    cy.nodes().forEach((node) => {
      const isNamed = shown.has(node.id());
      setClass(node, 'named', isNamed);
      if (!isNamed || node.scratch('zoom') === zoom) return;
      node.scratch('zoom', zoom).style({
        'font-size': fontOf(node) / zoom,
        'text-margin-y': DISTANCE / zoom,
        'text-outline-width': OUTLINE / zoom,
      });
    });
  });
}

/** Returns the importance of a name. Faded people come last. */
function rankOf(node: NodeSingular): number {
  return node.data('weight') - (node.hasClass('faded') ? 1e12 : 0);
}

function fontOf(node: NodeSingular): number {
  return node.hasClass('middle') ? MIDDLE_FONT : FONT;
}

function labelOf(node: NodeSingular, air: number): Label {
  const { x, y } = node.renderedPosition();
  const font = fontOf(node);
  pen.font = `${node.hasClass('middle') ? 'bold ' : ''}${font}px ${node.style('font-family')}`;
  const half = pen.measureText(node.data('label')).width / 2 + air;
  const top = y + node.renderedOuterHeight() / 2 + DISTANCE;
  const must = node.hasClass('middle') || node.hasClass('selected') || node.hasClass('path');
  return { id: node.id(), must, box: { left: x - half, right: x + half, top, bottom: top + font + air } };
}

function obstacleOf(node: NodeSingular): Box[] {
  const { x, y } = node.renderedPosition();
  const half = node.renderedOuterHeight() / 2;
  if (half < SEEN) return [];
  return [{ left: x - half, right: x + half, top: y - half, bottom: y + half }];
}
