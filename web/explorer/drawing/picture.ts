import { paintAll } from './canvas-painter.ts';
import { nodesInSight, strokeOf, type Sheet } from './ink.ts';
import type { LineMark, Marks, NodeMark } from './marks.ts';
import { nameCenter, namesWithRoom } from './naming.ts';
import { BORDER, CORNER, fontSizeOf, hexagon, lineStyleOf, NAME_OUTLINE, nodeStyleOf, SQUARE, type Shape } from './style.ts';
import { boxAround, type Size } from './viewport.ts';

/** The space around the picture for names, in CSS pixels. */
const MARGIN = 90;

/** The pixels of a PNG per CSS pixel, and the limits of its size: browsers do not paint larger canvases. */
const SCALE = 2;
const LONGEST_EDGE = 8192;

/** The longest edge of a picture in CSS pixels. A larger drawing is made smaller, with fewer names. */
const LARGEST = LONGEST_EDGE / SCALE;

/** Returns everything that is drawn in one window. The names are those with room in it. */
function sheetOf(marks: Marks, sheet: Pick<Sheet, 'colours' | 'ruler' | 'thin'>): { sheet: Sheet; nodes: NodeMark[] } {
  const nodes = [...marks.nodes.values()];
  const box = nodes.length > 0 ? boxAround(nodes) : { left: 0, right: 0, top: 0, bottom: 0 };
  const longest = Math.max(box.right - box.left, box.bottom - box.top);
  const zoom = Math.min(1, (LARGEST - 2 * MARGIN) / Math.max(1, longest));
  const size: Size = {
    width: Math.ceil((box.right - box.left) * zoom + 2 * MARGIN),
    height: Math.ceil((box.bottom - box.top) * zoom + 2 * MARGIN),
  };
  const viewport = { zoom, pan: { x: MARGIN - box.left * zoom, y: MARGIN - box.top * zoom } };
  const names = namesWithRoom(nodes, viewport, size, sheet.ruler);
  const named = nodes.map((node) => ({ ...node, named: names.get(node.id) }));
  return { sheet: { ...sheet, viewport, size }, nodes: named };
}

/** Returns a PNG of everything that is drawn. */
export function png(marks: Marks, parts: Pick<Sheet, 'colours' | 'ruler' | 'thin'>): Promise<Blob> {
  const { sheet, nodes } = sheetOf(marks, parts);
  const canvas = document.createElement('canvas');
  canvas.width = sheet.size.width * SCALE;
  canvas.height = sheet.size.height * SCALE;
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = sheet.colours.ground;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(SCALE, SCALE);
  const { zoom, pan } = sheet.viewport;
  const named = new Map(nodes.map((node) => [node.id, node]));
  paintAll(pen, { nodes: named, lines: marks.lines }, sheet, () => pen.transform(zoom, 0, 0, zoom, pan.x, pan.y));
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The browser cannot make this picture.'))));
  });
}

/** Returns an SVG of everything that is drawn. Its names are texts. */
export function svg(marks: Marks, parts: Pick<Sheet, 'colours' | 'ruler' | 'thin'>): string {
  const { sheet, nodes } = sheetOf(marks, parts);
  const { viewport, size, colours, thin } = sheet;
  const { zoom, pan } = viewport;
  const lines = [...marks.lines.values()].sort(
    (a, b) => lineStyleOf(a, colours, thin).level - lineStyleOf(b, colours, thin).level,
  );
  const inOrder = nodesInSight(nodes, sheet);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" ` +
      `viewBox="0 0 ${size.width} ${size.height}" font-family="${attribute(sheet.ruler.family)}">`,
    `<rect width="100%" height="100%" fill="${attribute(colours.ground)}"/>`,
    `<g transform="translate(${number(pan.x)} ${number(pan.y)}) scale(${number(zoom)})">`,
    ...lines.map((line) => lineAsSvg(line, sheet)),
    ...inOrder.map((node) => nodeAsSvg(node, sheet)),
    '</g>',
    ...inOrder.map((node) => nameAsSvg(node, sheet)),
    '</svg>\n',
  ]
    .filter(Boolean)
    .join('\n');
}

function lineAsSvg(line: LineMark, { colours, thin }: Sheet): string {
  const style = lineStyleOf(line, colours, thin);
  const stroke = strokeOf(line, style.arrow);
  if (!stroke) return '';
  const [from, to] = [points([stroke.from]), points([stroke.to])];
  const arrows = stroke.arrows.map((corners) => `<path d="M${points(corners)}z" stroke="none"/>`).join('');
  const colour = attribute(style.colour);
  return (
    `<g fill="${colour}" stroke="${colour}" stroke-width="${style.width}" opacity="${number(style.opacity)}">` +
    `<path d="M${from}L${to}"/>${arrows}</g>`
  );
}

function nodeAsSvg(node: NodeMark, { colours }: Sheet): string {
  const { shape, fill, opacity, rings } = nodeStyleOf(node, colours);
  const border = `stroke="${attribute(colours.ground)}" stroke-width="${BORDER}"`;
  const outer = rings.map(({ gap, width, colour }) =>
    shapeAsSvg(shape, node, node.radius + gap + width / 2, `fill="none" stroke="${attribute(colour)}" stroke-width="${width}"`),
  );
  const body = shapeAsSvg(shape, node, node.radius, `fill="${attribute(fill)}" ${border}`);
  return `<g opacity="${opacity}">${body}${outer.join('')}</g>`;
}

function shapeAsSvg(shape: Shape, { x, y }: NodeMark, radius: number, attributes: string): string {
  switch (shape) {
    case 'circle':
      return `<circle cx="${number(x)}" cy="${number(y)}" r="${number(radius)}" ${attributes}/>`;
    case 'square': {
      const half = radius * SQUARE;
      const [left, top, edge] = [number(x - half), number(y - half), number(2 * half)];
      return `<rect x="${left}" y="${top}" width="${edge}" height="${edge}" rx="${number(half * CORNER * 2)}" ${attributes}/>`;
    }
    case 'hexagon':
      return `<path d="M${points(hexagon(radius).map(([dx, dy]) => [x + dx, y + dy]))}z" ${attributes}/>`;
  }
}

function nameAsSvg(node: NodeMark, { viewport, colours, ruler }: Sheet): string {
  if (node.named === undefined) return '';
  const { x, y } = nameCenter(node, node.named, viewport, ruler.widthOf(node));
  return (
    `<text x="${number(x)}" y="${number(y)}" font-size="${fontSizeOf(node)}"` +
    `${node.kind === 'middle' ? ' font-weight="bold"' : ''} text-anchor="middle" dominant-baseline="central" ` +
    `fill="${attribute(colours.text)}" stroke="${attribute(colours.ground)}" stroke-width="${2 * NAME_OUTLINE}" ` +
    `stroke-linejoin="round" paint-order="stroke"${node.isFaded ? ' opacity="0.28"' : ''}>${text(node.label)}</text>`
  );
}

function points(corners: readonly [number, number][]): string {
  return corners.map(([x, y]) => `${number(x)} ${number(y)}`).join('L');
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Returns text for an XML element. Characters that XML 1.0 does not allow (section 2.2, Char) are left out. */
function text(value: string): string {
  return value
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Returns text for an XML attribute in double quotes. */
function attribute(value: string): string {
  return text(value).replaceAll('"', '&quot;');
}
