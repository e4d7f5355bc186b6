import { COMMUNITY_COLOURS, type Colours } from './colours.ts';
import type { LineMark, NodeMark } from './marks.ts';

/** The shapes of nodes. They tell relations apart without colours. */
export type Shape = 'circle' | 'square' | 'hexagon';

export interface NodeStyle {
  shape: Shape;
  fill: string;
  opacity: number;
  /** Rings around the node, from the inside: their distances from it and widths in CSS pixels at zoom 1. */
  rings: readonly { gap: number; width: number; colour: string }[];
}

export interface LineStyle {
  /** In CSS pixels at zoom 1. */
  width: number;
  colour: string;
  opacity: number;
  /** The length of an arrow in CSS pixels at zoom 1. */
  arrow: number;
  /** Higher levels are painted later. */
  level: 0 | 1 | 2;
}

/** The width of the border around each node in the colour of the background: it separates nodes that touch. */
export const BORDER = 1.5;

/** The halo of a person whose lists are loading, in CSS pixels at zoom 1. */
export const HALO = { width: 7, opacity: 0.14 };

const SHAPES: Record<NodeMark['kind'], Shape> = {
  middle: 'circle',
  follower: 'circle',
  followed: 'square',
  both: 'hexagon',
  other: 'circle',
};

export function nodeStyleOf(node: NodeMark, colours: Colours): NodeStyle {
  const isMiddle = node.kind === 'middle';
  const fill = node.community === undefined || isMiddle ? colours[node.kind] : communityColour(node.community, colours);
  const rings = [];
  if (isMiddle) rings.push({ gap: BORDER, width: 2, colour: colours.middle });
  if (node.isPath) rings.push({ gap: 1, width: 4, colour: colours.path });
  if (node.isSelected) rings.push({ gap: node.isPath ? 6 : 3, width: 3, colour: colours.text });
  return { shape: SHAPES[node.kind], fill, opacity: node.isFaded ? 0.28 : 1, rings };
}

/** Returns the colour of a community. Communities without a number of their own have the colour of others. */
function communityColour(community: number, colours: Colours): string {
  return colours[`community-${community}` as keyof Colours] ?? colours.other;
}

/** The length of an arrow for a width of 1, times the scale. */
const ARROW = 9;

/** Returns how strong lines are among this number of lines: thousands of them would cover the nodes. */
export function strengthOf(lines: number): number {
  return Math.min(1, Math.sqrt(3000 / Math.max(1, lines)));
}

const LIT = [undefined, 'from', 'to', 'both'] as const;

/** Returns a number for what the style of a line depends on. It is faster than the style. */
export function lookOf({ mutual, isCrowded, isSpoke, isFaded, isPath, isHovered, lit, community }: LineMark): number {
  const flags = [mutual, isCrowded, isSpoke, isFaded, isPath, isHovered].reduce((bits, flag) => 2 * bits + Number(flag), 0);
  return (4 * flags + LIT.indexOf(lit)) * 16 + (community ?? -1) + 1;
}

/** @param thin how strong lines are, from 0 to 1. Emphasized lines are always strong. */
export function lineStyleOf(line: LineMark, colours: Colours, thin: number): LineStyle {
  if (line.isPath) return { width: 4, colour: colours.path, opacity: 1, arrow: 12, level: 2 };
  const fade = line.isFaded ? 0.13 : 1;
  const isLit = line.lit !== undefined || line.isHovered;
  const level = isLit ? 1 : 0;
  // Lines between communities are faint, so that those within one stand out.
  const isBetween = line.community === COMMUNITY_COLOURS;
  const own = line.community === undefined || isBetween ? undefined : communityColour(line.community, colours);
  if (line.mutual) {
    return {
      width: 2.4,
      colour: own ?? (isBetween ? colours.line : colours['line-mutual']),
      opacity: (isLit ? 0.95 : (isBetween ? 0.2 : 0.6) * thin) * fade,
      arrow: (isLit ? 1 : 0.7) * ARROW * 1.3,
      level,
    };
  }
  const [strength, scale] = line.isCrowded ? [0.28, 0.6] : line.isSpoke ? [0.55, 0.8] : [0.3, 0.65];
  const opacity = isBetween ? strength / 2 : strength;
  const lit = line.lit === 'to' ? colours.follower : line.lit === 'from' ? colours.followed : undefined;
  const colour = lit ?? own ?? colours.line;
  return { width: 1, colour, opacity: (isLit ? 0.95 : opacity * thin) * fade, arrow: (isLit ? 1 : scale) * ARROW, level };
}

/** Returns the points of a hexagon around 0, 0 with a radius, flat at the top. */
export function hexagon(radius: number): [x: number, y: number][] {
  return [0, 1, 2, 3, 4, 5].map((corner) => {
    const angle = (corner * Math.PI) / 3;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

/** The edge of a square node in relation to the diameter, and the radius of its corners to that edge. */
export const SQUARE = 0.92;
export const CORNER = 0.2;

/** Sizes of names in CSS pixels. They do not depend on the zoom. */
export const FONT = 12;
export const MIDDLE_FONT = 15;
export const NAME_GAP = 3;
export const NAME_OUTLINE = 2.5;

/** The width of a line to a name, in CSS pixels. */
export const LEADER = 0.8;

export function fontSizeOf(node: NodeMark): number {
  return node.kind === 'middle' ? MIDDLE_FONT : FONT;
}

/** Returns the font of a name as CSS, for a canvas. */
export function fontOf(node: NodeMark, family: string): string {
  return `${node.kind === 'middle' ? 'bold ' : ''}${fontSizeOf(node)}px ${family}`;
}
