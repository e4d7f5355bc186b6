import { labelsWithRoom, type Label } from './labels.ts';
import type { Marks, NameSide, NodeMark } from './marks.ts';
import { fontOf, fontSizeOf, NAME_GAP } from './style.ts';
import type { Box, Size, Viewport } from './viewport.ts';

/** A name can cover nodes with a smaller radius, in CSS pixels in the window. */
const SEEN = 4;

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

/** Returns the sides of the names that have room. */
export function namesWithRoom(
  nodes: readonly NodeMark[],
  viewport: Viewport,
  size: Size,
  ruler: Ruler,
): Map<string, NameSide> {
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
    const boxes = boxesOf(node, viewport, isMust || always.has(node.id) ? 1 : air, ruler);
    return { id: node.id, must: isMust || always.has(node.id), boxes };
  });
  const obstacles = inSight.flatMap((node) => obstacleOf(node, viewport));
  return new Map([...labelsWithRoom(labels, obstacles)].map(([id, side]) => [id, SIDES[side]!]));
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

const SIDES: readonly NameSide[] = ['below', 'above', 'right', 'left'];

export function inWindow({ x, y }: NodeMark, { zoom, pan }: Viewport): { x: number; y: number } {
  return { x: x * zoom + pan.x, y: y * zoom + pan.y };
}

/** Returns the boxes of a name on each side of its node. */
function boxesOf(node: NodeMark, viewport: Viewport, air: number, ruler: Ruler): Box[] {
  const half = ruler.widthOf(node) / 2;
  return SIDES.map((side) => {
    const { x, y } = nameCenter(node, side, viewport, 2 * half);
    const height = fontSizeOf(node) / 2;
    return { left: x - half - air, right: x + half + air, top: y - height, bottom: y + height + air };
  });
}

/** Returns the center of a name in the window. */
export function nameCenter(
  node: NodeMark,
  side: NameSide,
  viewport: Viewport,
  width: number,
): { x: number; y: number } {
  const { x, y } = inWindow(node, viewport);
  const away = node.radius * viewport.zoom + NAME_GAP;
  const half = fontSizeOf(node) / 2;
  switch (side) {
    case 'below':
      return { x, y: y + away + half };
    case 'above':
      return { x, y: y - away - half };
    case 'right':
      return { x: x + away + width / 2, y };
    case 'left':
      return { x: x - away - width / 2, y };
  }
}

function obstacleOf(node: NodeMark, viewport: Viewport): Box[] {
  const { x, y } = inWindow(node, viewport);
  const half = node.radius * viewport.zoom;
  if (half < SEEN) return [];
  return [{ left: x - half, right: x + half, top: y - half, bottom: y + half }];
}
