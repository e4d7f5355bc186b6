import { paintGraph } from './canvas-painter.ts';
import { groupsOf, nodesInSight, paintNames, strokeOf, type LineGroup, type Sheet } from './ink.ts';
import type { Marks, NodeMark } from './marks.ts';
import { leaderOf, nameCenter, namesWithRoom } from './naming.ts';
import { BORDER, CORNER, fontSizeOf, hexagon, LEADER, NAME_OUTLINE, nodeStyleOf, SQUARE, type Shape } from './style.ts';
import { boxAround, type Size } from './viewport.ts';

type Parts = Pick<Sheet, 'colours' | 'ruler' | 'thin'>;

/** The space around the picture for names, in CSS pixels. */
const MARGIN = 90;

/** The pixels of a PNG per CSS pixel, the longest edge that browsers paint, and the number of pixels, in pixels. */
const SCALE = 2;
const LONGEST_EDGE = 8192;
const MOST_PIXELS = 6_000_000;

/** The size of a PNG in bytes that mail accepts, and the part of it that a smaller picture aims at. */
const MOST_BYTES = 8_000_000;
const AIM = 0.8;

/** The longest edge and the area of an SVG in CSS pixels. */
const LARGEST = { edge: 4096, area: 4096 ** 2 };

/**
 * Returns everything that is drawn in one window. A larger drawing is made smaller. The names are those with room then,
 * because they keep their size.
 */
function sheetOf(marks: Marks, sheet: Parts, { edge, area }: typeof LARGEST): { sheet: Sheet; nodes: NodeMark[] } {
  const nodes = [...marks.nodes.values()];
  const box = nodes.length > 0 ? boxAround(nodes) : { left: 0, right: 0, top: 0, bottom: 0 };
  const [width, height] = [Math.max(1, box.right - box.left), Math.max(1, box.bottom - box.top)];
  // The zoom with which (width * zoom + 2 * MARGIN) * (height * zoom + 2 * MARGIN) is the area.
  const half = (MARGIN * (width + height)) / (width * height);
  const byArea = Math.sqrt(half ** 2 + (area - 4 * MARGIN ** 2) / (width * height)) - half;
  const zoom = Math.min(1, byArea, (edge - 2 * MARGIN) / Math.max(width, height));
  const size: Size = {
    width: Math.ceil((box.right - box.left) * zoom + 2 * MARGIN),
    height: Math.ceil((box.bottom - box.top) * zoom + 2 * MARGIN),
  };
  const viewport = { zoom, pan: { x: MARGIN - box.left * zoom, y: MARGIN - box.top * zoom } };
  const names = namesWithRoom(nodes, viewport, size, sheet.ruler);
  const named = nodes.map((node) => ({ ...node, named: names.get(node.id) }));
  return { sheet: { ...sheet, viewport, size }, nodes: named };
}

/** Returns a PNG of everything that is drawn. It has at most MOST_BYTES. */
export async function png(marks: Marks, parts: Parts): Promise<Blob> {
  for (let pixels = MOST_PIXELS; ; ) {
    const picture = await pngOf(marks, parts, pixels);
    if (picture.size <= MOST_BYTES) return picture;
    pixels = Math.round((pixels * AIM * MOST_BYTES) / picture.size);
  }
}

function pngOf(marks: Marks, parts: Parts, pixels: number): Promise<Blob> {
  const { sheet, nodes } = sheetOf(marks, parts, { edge: LONGEST_EDGE / SCALE, area: pixels / SCALE ** 2 });
  const canvas = document.createElement('canvas');
  canvas.width = sheet.size.width * SCALE;
  canvas.height = sheet.size.height * SCALE;
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = sheet.colours.ground;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(SCALE, SCALE);
  const { zoom, pan } = sheet.viewport;
  const inSight = nodesInSight(nodes, sheet);
  paintGraph(pen, inSight, marks.lines.values(), sheet, () => pen.transform(zoom, 0, 0, zoom, pan.x, pan.y));
  paintNames(pen, inSight, sheet);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The browser cannot make this picture.'))));
  });
}

/** Returns an SVG of everything that is drawn. Its names are texts. */
export function svg(marks: Marks, parts: Parts): string {
  const { sheet, nodes } = sheetOf(marks, parts, LARGEST);
  const { viewport, size, colours } = sheet;
  const { zoom, pan } = viewport;
  const inOrder = nodesInSight(nodes, sheet);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" ` +
      `viewBox="0 0 ${size.width} ${size.height}" font-family="${attribute(sheet.ruler.family)}">`,
    `<rect width="100%" height="100%" fill="${attribute(colours.ground)}"/>`,
    `<g transform="translate(${number(pan.x)} ${number(pan.y)}) scale(${number(zoom)})">`,
    ...groupsOf(marks.lines.values(), sheet).map(linesAsSvg),
    ...inOrder.map((node) => nodeAsSvg(node, sheet)),
    '</g>',
    ...inOrder.map((node) => leaderAsSvg(node, sheet)),
    ...inOrder.map((node) => nameAsSvg(node, sheet)),
    '</svg>\n',
  ]
    .filter(Boolean)
    .join('\n');
}

/** Returns lines of one style. The opacity is that of each line: where they cross, they are darker. */
function linesAsSvg({ lines, style: { width, colour, opacity, arrow } }: LineGroup): string {
  const strokes = lines.flatMap((line) => strokeOf(line, arrow) ?? []);
  const paths = strokes.map(({ from, to, arrows }) => {
    const heads = arrows.map((corners) => `<path d="M${points(corners)}z" stroke="none"/>`).join('');
    return `<path d="M${points([from, to])}"/>${heads}`;
  });
  const [paint, strength] = [attribute(colour), number(opacity)];
  return [
    `<g fill="${paint}" stroke="${paint}" stroke-width="${width}" fill-opacity="${strength}" stroke-opacity="${strength}">`,
    ...paths,
    '</g>',
  ].join('\n');
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

function leaderAsSvg(node: NodeMark, sheet: Sheet): string {
  const leader = leaderOf(node, sheet, sheet.ruler);
  if (!leader) return '';
  const ends = [leader.from, leader.to].map(({ x, y }): [number, number] => [x, y]);
  return `<path d="M${points(ends)}" stroke="${attribute(sheet.colours.text)}" stroke-width="${LEADER}"/>`;
}

function nameAsSvg(node: NodeMark, sheet: Sheet): string {
  if (node.named === undefined) return '';
  const { colours, ruler } = sheet;
  const { x, y } = nameCenter(node, node.named, sheet, ruler.widthOf(node));
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
