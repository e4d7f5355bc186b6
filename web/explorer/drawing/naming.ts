import { labelsWithRoom, type Label } from './labels.ts';
import type { Marks, NodeMark } from './marks.ts';
import type { Place } from './place.ts';
import { fontOf, fontSizeOf, NAME_GAP, NAME_OUTLINE } from './style.ts';
import type { Box, Size, Viewport } from './viewport.ts';

/** A name can cover nodes with a smaller radius, in CSS pixels in the window. */
const SEEN = 4;

/** The least distance of a name from the edge of the window, in CSS pixels. */
const EDGE = 2;

/** The number of most followed people whose names are always shown. */
export const ALWAYS = 15;

/** Returns the space around a name in CSS pixels: more when zoomed out, where names would cover the drawing. */
function airAt(zoom: number): number {
  return 4 + 32 * Math.max(0, 0.75 - zoom);
}

/** Measures names. The width of a text takes longer to find than all else. */
export class Ruler {
  readonly #family: string;
  readonly #pen = document.createElement('canvas').getContext('2d')!;
  readonly #widths = new Map<string, number>();

  constructor(family: string) {
    this.#family = family;
  }

  get family(): string {
    return this.#family;
  }

  widthOf(node: NodeMark): number {
    const key = `${node.kind === 'middle' ? 'bold' : ''} ${node.label}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      this.#pen.font = fontOf(node, this.#family);
      width = this.#pen.measureText(node.label).width;
      this.#widths.set(key, width);
    }
    return width;
  }
}

/** Shows the names that have room in the viewport, the important ones first. */
export function nameNodes(marks: Marks, viewport: Viewport, size: Size, ruler: Ruler): void {
  const names = namesWithRoom([...marks.nodes.values()], viewport, size, ruler);
  for (const node of marks.nodes.values()) marks.set(node, { named: names.get(node.id) });
}

/** Returns the places of the names that have room, as indexes of POSITIONS. */
export function namesWithRoom(
  nodes: readonly NodeMark[],
  viewport: Viewport,
  size: Size,
  ruler: Ruler,
): Map<string, number> {
  const inSight = nodes
    .filter((node) => {
      const { x, y } = inWindow(node, viewport);
      return x >= 0 && x <= size.width && y >= 0 && y <= size.height && !node.isNew;
    })
    .sort((a, b) => rankOf(b) - rankOf(a) || (a.id < b.id ? -1 : 1));
  const always = new Set(mostFollowed(nodes).map(({ id }) => id));
  const air = airAt(viewport.zoom);
  const labels = inSight.map((node): Label => {
    const isMust = node.kind === 'middle' || node.isSelected || node.isPath;
    const must = isMust || always.has(node.id);
    const boxes = boxesOf(node, { viewport, size }, ruler, must ? POSITIONS.length : 1);
    return { id: node.id, must, boxes, air: must ? 1 : air };
  });
  const obstacles = inSight.flatMap((node) => obstacleOf(node, viewport));
  const [right, bottom] = [size.width - EDGE, size.height - EDGE];
  const middle = inSight.filter(({ kind }) => kind === 'middle').flatMap((node) => obstacleOf(node, viewport));
  return labelsWithRoom(labels, { obstacles, middle, window: { left: EDGE, right, top: EDGE, bottom } });
}

/** Returns the people whose names are always shown. If most people are faded, they come from the others. */
function mostFollowed(nodes: readonly NodeMark[]): NodeMark[] {
  return nodes
    .filter(({ isNew, isFaded }) => !isNew && !isFaded)
    .sort((a, b) => b.followers - a.followers || (a.id < b.id ? -1 : 1))
    .slice(0, ALWAYS);
}

/** Returns the importance of a name. Faded people come last. */
function rankOf(node: NodeMark): number {
  return node.weight - (node.isFaded ? 1e12 : 0);
}

/** A place of a name: a side of the node, and for the right and the left a number of rows down. */
interface Position {
  side: 'below' | 'above' | 'right' | 'left';
  rows: number;
}

/** The height of a row of names in CSS pixels. */
const ROW = 16;

/** The places of a name, the best one first. Names that are always shown use the others where many of them are. */
const POSITIONS: readonly Position[] = [
  { side: 'below', rows: 0 },
  { side: 'above', rows: 0 },
  ...[0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5].flatMap((rows): Position[] => [
    { side: 'right', rows },
    { side: 'left', rows },
  ]),
];

export function inWindow({ x, y }: NodeMark, { zoom, pan }: Viewport): { x: number; y: number } {
  return { x: x * zoom + pan.x, y: y * zoom + pan.y };
}

/** Returns the boxes of a name at its best places. */
function boxesOf(node: NodeMark, view: NameWindow, ruler: Ruler, count: number): Box[] {
  const half = ruler.widthOf(node) / 2;
  return POSITIONS.slice(0, count).map((_, position) => {
    const { x, y } = nameCenter(node, position, view, 2 * half);
    const height = fontSizeOf(node) / 2;
    return { left: x - half, right: x + half, top: y - height, bottom: y + height };
  });
}

/** The window that names are in. */
interface NameWindow {
  viewport: Viewport;
  size: Size;
}

/**
 * Returns the center of a name in the window. A name above or below a node at the edge of the window is moved to the
 * side, by at most half of its width.
 */
export function nameCenter(node: NodeMark, position: number, { viewport, size }: NameWindow, width: number): Place {
  const { x, y } = inWindow(node, viewport);
  const { side, rows } = POSITIONS[position]!;
  const room = width / 2 + NAME_OUTLINE;
  const inside = clamped(room, x, size.width - room);
  const middle = clamped(x - width / 2, inside, x + width / 2);
  const away = node.radius * viewport.zoom + NAME_GAP;
  const half = fontSizeOf(node) / 2;
  switch (side) {
    case 'below':
      return { x: middle, y: y + away + half };
    case 'above':
      return { x: middle, y: y - away - half };
    case 'right':
      return { x: x + away + width / 2, y: y + rows * ROW };
    case 'left':
      return { x: x - away - width / 2, y: y + rows * ROW };
  }
}

/**
 * Returns the line from a node to its name, if the name is so far away that it could belong to another node: in the
 * window, to the nearer end of the name.
 */
export function leaderOf(node: NodeMark, view: NameWindow, ruler: Ruler): { from: Place; to: Place } | undefined {
  const { side, rows } = POSITIONS[node.named ?? 0]!;
  if (Math.abs(rows) < 2) return undefined;
  const width = ruler.widthOf(node);
  const { x, y } = nameCenter(node, node.named!, view, width);
  return { from: inWindow(node, view.viewport), to: { x: side === 'right' ? x - width / 2 : x + width / 2, y } };
}

/** Returns the number in a range that is nearest to a number. */
function clamped(least: number, number: number, most: number): number {
  return Math.max(least, Math.min(most, number));
}

function obstacleOf(node: NodeMark, viewport: Viewport): Box[] {
  const { x, y } = inWindow(node, viewport);
  const half = node.radius * viewport.zoom;
  if (half < SEEN) return [];
  return [{ left: x - half, right: x + half, top: y - half, bottom: y + half }];
}
