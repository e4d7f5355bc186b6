import type { LineMark, Marks, NodeMark } from './marks.ts';
import type { Place } from './place.ts';
import type { Viewport } from './viewport.ts';

/** What is drawn, as plain values: a canvas cannot be inspected. */
export interface Drawn extends Viewport {
  painter: 'canvas' | 'webgl';
  /** Whether the picture will change by itself. */
  isBusy: boolean;
  people: Record<string, Place>;
  lines: Record<string, [follower: string, followed: string]>;
  /** The properties of people and lines that are visible. */
  classes: Record<string, string[]>;
}

/** The element of a view, for tests. */
export interface Inspectable extends HTMLElement {
  drawn(): Drawn;
  /** Collects the ids of the nodes and lines that change from now on. */
  record(): Set<string>;
}

interface Parts {
  marks: Marks;
  viewport(): Viewport;
  isBusy(): boolean;
  painter(): Drawn['painter'];
}

/** Lets tests inspect what is drawn in an element. */
export function expose(element: HTMLElement, { marks, viewport, isBusy, painter }: Parts): void {
  const methods: Pick<Inspectable, 'drawn' | 'record'> = {
    drawn: () => ({
      zoom: viewport().zoom,
      pan: { ...viewport().pan },
      painter: painter(),
      isBusy: isBusy() || [...marks.nodes.values()].some(({ isNew, isLoading }) => isNew || isLoading),
      people: Object.fromEntries([...marks.nodes.values()].map(({ id, x, y }) => [id, { x, y }])),
      lines: Object.fromEntries([...marks.lines.values()].map(({ id, source, target }) => [id, [source.id, target.id]])),
      classes: Object.fromEntries([
        ...[...marks.nodes.values()].map((node) => [node.id, classesOfNode(node)]),
        ...[...marks.lines.values()].map((line) => [line.id, classesOfLine(line)]),
      ]),
    }),
    record: () => (marks.recorder = new Set()),
  };
  Object.assign(element, methods);
}

function classesOfNode(node: NodeMark): string[] {
  return [
    node.kind,
    ...(node.named === undefined ? [] : ['named', `name-${node.named}`]),
    ...(node.community === undefined ? [] : [`community-${node.community}`]),
    ...names({ new: node.isNew, ...emphasis(node), selected: node.isSelected, loading: node.isLoading }),
  ].sort();
}

function classesOfLine(line: LineMark): string[] {
  const { mutual, isSpoke: spoke, isCrowded: crowded, isHovered: hovered, lit } = line;
  const direction = { lit: lit !== undefined, from: lit === 'from', to: lit === 'to' };
  return names({ mutual, spoke, crowded, hovered, ...emphasis(line), ...direction }).sort();
}

function emphasis({ isFaded: faded, isPath: path }: NodeMark | LineMark): Record<string, boolean> {
  return { faded, path };
}

function names(flags: Record<string, boolean>): string[] {
  return Object.keys(flags).filter((name) => flags[name]);
}
