import { nodesInSight, paintLines, paintNames, paintNodes, paintRings, type Sheet } from './ink.ts';
import type { Marks } from './marks.ts';
import type { Frame, Painter } from './painter.ts';
import type { Size, Viewport } from './viewport.ts';

/** If painting takes longer, in milliseconds, the last picture is moved while the user moves the window. */
const SLOW = 12;

/** Paints on a canvas. It works everywhere, and it paints a thousand people fast enough for each frame. */
export class CanvasPainter implements Painter {
  readonly #layer: Layer;
  /** The last complete picture, to move while the user moves the window. */
  #last: { picture: HTMLCanvasElement; viewport: Viewport; size: Size } | undefined;
  #took = 0;

  constructor(element: HTMLElement) {
    this.#layer = new Layer(element);
  }

  paint(frame: Frame): void {
    const { marks, viewport, size, isMoving } = frame;
    const pen = this.#layer.begin(size);
    if (isMoving && this.#took > SLOW && this.#last) {
      const ratio = viewport.zoom / this.#last.viewport.zoom;
      const x = viewport.pan.x - this.#last.viewport.pan.x * ratio;
      const y = viewport.pan.y - this.#last.viewport.pan.y * ratio;
      pen.drawImage(this.#last.picture, x, y, this.#last.size.width * ratio, this.#last.size.height * ratio);
      return;
    }
    const start = performance.now();
    paintAll(pen, marks, frame, () => this.#layer.through(viewport));
    this.#took = performance.now() - start;
    this.#last = this.#took > SLOW ? { picture: this.#layer.copy(), viewport, size } : undefined;
    marks.changed.clear();
    marks.moved.clear();
  }

  destroy(): void {
    this.#layer.destroy();
  }
}

/** Paints a complete picture. `through` sets the transformation of the viewport until the names, which it ends. */
export function paintAll(
  pen: CanvasRenderingContext2D,
  marks: Pick<Marks, 'nodes' | 'lines'>,
  sheet: Sheet,
  through: () => void,
): void {
  const nodes = nodesInSight(marks.nodes.values(), sheet);
  pen.save();
  through();
  paintLines(pen, marks.lines.values(), sheet);
  paintNodes(pen, nodes, sheet);
  paintRings(pen, nodes, sheet);
  pen.restore();
  paintNames(pen, nodes, sheet);
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

  copy(): HTMLCanvasElement {
    const copy = document.createElement('canvas');
    copy.width = this.#canvas.width;
    copy.height = this.#canvas.height;
    copy.getContext('2d')!.drawImage(this.#canvas, 0, 0);
    return copy;
  }

  destroy(): void {
    this.#canvas.remove();
  }
}
