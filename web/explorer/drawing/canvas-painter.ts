import { nodesInSight, paintLines, paintNames, paintNodes, paintRings, type Sheet } from './ink.ts';
import type { LineMark, NodeMark } from './marks.ts';
import type { Frame, Painter } from './painter.ts';
import type { Size, Viewport } from './viewport.ts';

/** If painting takes longer, in milliseconds, the last picture is moved while the user moves the window. */
const SLOW = 12;

/** Paints on a canvas. It works everywhere, and it paints a thousand people fast enough for each frame. */
export class CanvasPainter implements Painter {
  readonly #layer: Layer;
  /** The names, and the lines of the person under the pointer with all nodes: what changes often. */
  readonly #above: Layer;
  /** The last complete picture. It is copied when the user begins to move the window, to be moved instead. */
  #last: Painted | undefined;
  #took = 0;

  constructor(element: HTMLElement) {
    this.#layer = new Layer(element);
    this.#above = new Layer(element);
  }

  paint(frame: Frame): void {
    const { marks, viewport, size, isMoving } = frame;
    if (isMoving && this.#took > SLOW && this.#last) return this.#move(frame, this.#last);
    if (!this.#last || this.#last.picture || !isSame(frame, this.#last)) {
      const start = performance.now();
      const pen = this.#layer.begin(size);
      const lines = [...marks.lines.values()].map((line) => (line.isHovered ? { ...line, isHovered: false } : line));
      paintGraph(pen, nodesInSight(marks.nodes.values(), frame), lines, frame, () => this.#layer.through(viewport));
      this.#took = performance.now() - start;
      this.#last = { frame, revision: marks.revision };
    }
    this.#paintAbove(frame);
    marks.changed.clear();
    marks.moved.clear();
  }

  /** Moves the last picture. */
  #move({ viewport, size }: Frame, last: Painted): void {
    last.picture ??= this.#layer.copy(this.#above);
    const pen = this.#layer.begin(size);
    this.#above.begin(size);
    const { viewport: from, size: { width, height } } = last.frame;
    const ratio = viewport.zoom / from.zoom;
    const [x, y] = [viewport.pan.x - from.pan.x * ratio, viewport.pan.y - from.pan.y * ratio];
    pen.drawImage(last.picture, x, y, width * ratio, height * ratio);
  }

  #paintAbove(frame: Frame): void {
    const { marks, viewport, size } = frame;
    const pen = this.#above.begin(size);
    const nodes = nodesInSight(marks.nodes.values(), frame);
    if (marks.hovered.length > 0) {
      const strong = nodes.filter(({ isFaded }) => !isFaded); // others would not be faint on each other
      paintGraph(pen, strong, marks.hovered, frame, () => this.#above.through(viewport));
    }
    paintNames(pen, nodes, frame);
  }

  destroy(): void {
    this.#layer.destroy();
    this.#above.destroy();
  }
}

/** A picture that was painted. */
interface Painted {
  frame: Frame;
  revision: number;
  /** A copy of it. The canvas has the moved one then. */
  picture?: HTMLCanvasElement;
}

/** Reports whether a frame has the same picture, apart from what is above it. */
function isSame({ marks, viewport, size, colours, thin }: Frame, { frame, revision }: Painted): boolean {
  return (
    revision === marks.revision &&
    viewport === frame.viewport &&
    size === frame.size &&
    colours === frame.colours &&
    thin === frame.thin
  );
}

/** Paints lines and nodes without names. `through` sets the transformation of the viewport. */
export function paintGraph(
  pen: CanvasRenderingContext2D,
  nodes: readonly NodeMark[],
  lines: Iterable<LineMark>,
  sheet: Sheet,
  through: () => void,
): void {
  pen.save();
  through();
  paintLines(pen, lines, sheet);
  paintNodes(pen, nodes, sheet);
  paintRings(pen, nodes, sheet);
  pen.restore();
}

/** A canvas that covers an element. */
export class Layer {
  readonly #canvas = document.createElement('canvas');
  readonly #pen = this.#canvas.getContext('2d')!;
  #scale = 1;

  constructor(element: HTMLElement) {
    Object.assign(this.#canvas.style, { position: 'absolute', inset: '0', pointerEvents: 'none' });
    element.append(this.#canvas);
  }

  /** Returns a pen for an empty canvas. Its unit is a CSS pixel. */
  begin({ width, height }: Size): CanvasRenderingContext2D {
    // More than two device pixels per CSS pixel are not visible, but take time.
    this.#scale = Math.min(2, devicePixelRatio);
    const [across, down] = [Math.round(width * this.#scale), Math.round(height * this.#scale)];
    if (this.#canvas.width !== across || this.#canvas.height !== down) {
      this.#canvas.width = across;
      this.#canvas.height = down;
      Object.assign(this.#canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    this.#pen.setTransform(1, 0, 0, 1, 0, 0);
    this.#pen.clearRect(0, 0, across, down);
    this.#pen.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    return this.#pen;
  }

  /** Changes the unit of the pen to that of the drawing. */
  through({ zoom, pan }: Viewport): void {
    this.#pen.transform(zoom, 0, 0, zoom, pan.x, pan.y);
  }

  /** Returns a copy, with the picture of a layer above it. */
  copy(above: Layer): HTMLCanvasElement {
    const copy = document.createElement('canvas');
    copy.width = this.#canvas.width;
    copy.height = this.#canvas.height;
    for (const layer of [this, above]) copy.getContext('2d')!.drawImage(layer.#canvas, 0, 0);
    return copy;
  }

  destroy(): void {
    this.#canvas.remove();
  }
}
