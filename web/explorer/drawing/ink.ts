import type { Colours } from './colours.ts';
import type { LineMark, NodeMark } from './marks.ts';
import { inWindow, leaderOf, nameCenter, type Ruler } from './naming.ts';
import { BORDER, CORNER, fontOf, HALO, hexagon, LEADER, lineStyleOf, lookOf, NAME_OUTLINE, nodeStyleOf, SQUARE, type LineStyle, type Shape } from './style.ts';
import type { Size, Viewport } from './viewport.ts';

/** What is painted, and in which window. */
export interface Sheet {
  viewport: Viewport;
  size: Size;
  colours: Colours;
  ruler: Ruler;
  /** How strong lines are, from 0 to 1. */
  thin: number;
}

/** Arrows and borders that are smaller in the window, in CSS pixels, are left out. */
const SMALLEST_ARROW = 2.2;
const SMALLEST_BORDER = 3;

/** Above this number of lines, lines of one style are painted together: it is faster, but crossings are not darker. */
const TOGETHER = 3000;

/** The number of lines that are painted together. */
const BUNDLE = 250;

/** The two ends of a line without its arrows, and the arrows. Undefined if its nodes touch. */
export interface Stroke {
  from: [x: number, y: number];
  to: [x: number, y: number];
  arrows: [x: number, y: number][][];
}

export function strokeOf({ source, target, mutual }: LineMark, arrow: number): Stroke | undefined {
  const [dx, dy] = [target.x - source.x, target.y - source.y];
  const length = Math.hypot(dx, dy);
  const [start, end] = [source.radius + 1, length - target.radius - 1];
  if (end - start < 1) return undefined;
  const size = Math.min(arrow, (end - start) / (mutual ? 2 : 1));
  const [x, y] = [dx / length, dy / length];
  const at = (along: number, aside = 0): [number, number] => [
    source.x + x * along - y * aside,
    source.y + y * along + x * aside,
  ];
  const arrows = size > 0 ? [[at(end), at(end - size, size / 2), at(end - size, -size / 2)]] : [];
  if (mutual && size > 0) arrows.push([at(start), at(start + size, size / 2), at(start + size, -size / 2)]);
  return { from: at(mutual ? start + size * 0.8 : start), to: at(end - size * 0.8), arrows };
}

/** Lines of one style. */
export interface LineGroup {
  style: LineStyle;
  lines: LineMark[];
}

/** Returns lines by style, in the order in which they are painted. */
export function groupsOf(lines: Iterable<LineMark>, { colours, thin }: Pick<Sheet, 'colours' | 'thin'>): LineGroup[] {
  const groups = new Map<number, LineGroup>();
  for (const line of lines) {
    const look = lookOf(line);
    const group = groups.get(look);
    if (group) group.lines.push(line);
    else groups.set(look, { style: lineStyleOf(line, colours, thin), lines: [line] });
  }
  return [...groups.values()].sort((a, b) => a.style.level - b.style.level);
}

/** Paints the lines. The transformation of the pen is that of the viewport. */
export function paintLines(pen: CanvasRenderingContext2D, lines: Iterable<LineMark>, sheet: Sheet): void {
  const inSight = [];
  for (const line of lines) if (isInSight(line, sheet)) inSight.push(line);
  const bundle = inSight.length > TOGETHER ? BUNDLE : 1;
  for (const { style, lines: group } of groupsOf(inSight, sheet)) {
    pen.globalAlpha = style.opacity;
    pen.strokeStyle = pen.fillStyle = style.colour;
    pen.lineWidth = style.width;
    const arrow = style.arrow * sheet.viewport.zoom < SMALLEST_ARROW ? 0 : style.arrow;
    for (let i = 0; i < group.length; i += bundle) paintBundle(pen, group.slice(i, i + bundle), arrow);
  }
  pen.globalAlpha = 1;
}

function paintBundle(pen: CanvasRenderingContext2D, lines: readonly LineMark[], arrow: number): void {
  const strokes = lines.flatMap((line) => strokeOf(line, arrow) ?? []);
  pen.beginPath();
  for (const { from, to } of strokes) {
    pen.moveTo(...from);
    pen.lineTo(...to);
  }
  pen.stroke();
  if (arrow === 0) return;
  pen.beginPath();
  for (const { arrows } of strokes) for (const corners of arrows) tracePolygon(pen, corners);
  pen.fill();
}

function isInSight({ source, target }: LineMark, { viewport: { zoom, pan }, size }: Sheet): boolean {
  const [left, right] = source.x < target.x ? [source.x, target.x] : [target.x, source.x];
  const [top, bottom] = source.y < target.y ? [source.y, target.y] : [target.y, source.y];
  return (
    right * zoom + pan.x >= 0 &&
    left * zoom + pan.x <= size.width &&
    bottom * zoom + pan.y >= 0 &&
    top * zoom + pan.y <= size.height
  );
}

/** Returns the nodes in the window, in the order in which they are painted. */
export function nodesInSight(nodes: Iterable<NodeMark>, { viewport, size }: Sheet): NodeMark[] {
  const inSight = [];
  for (const node of nodes) {
    const { x, y } = inWindow(node, viewport);
    const reach = (node.radius + 12) * viewport.zoom;
    if (x >= -reach && y >= -reach && x <= size.width + reach && y <= size.height + reach) inSight.push(node);
  }
  const levelOf = (node: NodeMark) =>
    node.isSelected ? 3 : node.isPath ? 2 : node.kind === 'middle' ? 1 : node.isFaded ? -1 : 0;
  return inSight.sort((a, b) => levelOf(a) - levelOf(b));
}

/** Paints the nodes without rings. The transformation of the pen is that of the viewport. */
export function paintNodes(pen: CanvasRenderingContext2D, nodes: readonly NodeMark[], sheet: Sheet): void {
  pen.strokeStyle = sheet.colours.ground;
  pen.lineWidth = BORDER;
  for (const node of nodes) {
    const style = nodeStyleOf(node, sheet.colours);
    pen.globalAlpha = style.opacity;
    pen.fillStyle = style.fill;
    pen.beginPath();
    traceShape(pen, style.shape, node, node.radius);
    pen.fill();
    if (node.radius * sheet.viewport.zoom >= SMALLEST_BORDER) pen.stroke();
  }
  pen.globalAlpha = 1;
}

/** Paints what only a few nodes have: rings, and the halo of those that are loading. */
export function paintRings(pen: CanvasRenderingContext2D, nodes: readonly NodeMark[], sheet: Sheet): void {
  for (const node of nodes) {
    const { shape, rings, opacity } = nodeStyleOf(node, sheet.colours);
    if (node.isLoading) {
      pen.globalAlpha = HALO.opacity;
      pen.strokeStyle = sheet.colours.text;
      pen.lineWidth = HALO.width;
      pen.beginPath();
      traceShape(pen, 'circle', node, node.radius + HALO.width / 2);
      pen.stroke();
    }
    pen.globalAlpha = opacity;
    for (const { gap, width, colour } of rings) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      traceShape(pen, shape, node, node.radius + gap + width / 2);
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

/** Paints the shown names. The transformation of the pen is that of the window. */
export function paintNames(pen: CanvasRenderingContext2D, nodes: readonly NodeMark[], sheet: Sheet): void {
  paintLeaders(pen, nodes, sheet);
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.lineJoin = 'round';
  pen.lineWidth = 2 * NAME_OUTLINE;
  pen.strokeStyle = sheet.colours.ground;
  pen.fillStyle = sheet.colours.text;
  for (const node of nodes) {
    if (node.named === undefined) continue;
    const { x, y } = nameCenter(node, node.named, sheet, sheet.ruler.widthOf(node));
    pen.font = fontOf(node, sheet.ruler.family);
    pen.globalAlpha = node.isFaded ? 0.28 : 1;
    pen.strokeText(node.label, x, y);
    pen.fillText(node.label, x, y);
  }
  pen.globalAlpha = 1;
}

/** Paints the lines to names that are not beside their nodes. */
function paintLeaders(pen: CanvasRenderingContext2D, nodes: readonly NodeMark[], sheet: Sheet): void {
  pen.beginPath();
  for (const node of nodes) {
    const leader = leaderOf(node, sheet, sheet.ruler);
    if (!leader) continue;
    pen.moveTo(leader.from.x, leader.from.y);
    pen.lineTo(leader.to.x, leader.to.y);
  }
  pen.lineWidth = LEADER;
  pen.strokeStyle = sheet.colours.text;
  pen.stroke();
}

function traceShape(pen: CanvasRenderingContext2D, shape: Shape, { x, y }: NodeMark, radius: number): void {
  if (shape === 'square') {
    const half = radius * SQUARE;
    pen.roundRect(x - half, y - half, 2 * half, 2 * half, half * CORNER * 2);
  } else if (shape === 'hexagon') {
    tracePolygon(pen, hexagon(radius).map(([dx, dy]) => [x + dx, y + dy]));
  } else {
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
  }
}

function tracePolygon(pen: CanvasRenderingContext2D, [first, ...rest]: readonly [number, number][]): void {
  if (!first) return;
  pen.moveTo(...first);
  for (const corner of rest) pen.lineTo(...corner);
  pen.closePath();
}
