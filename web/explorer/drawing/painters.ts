import { CanvasPainter } from './canvas-painter.ts';
import type { Painter } from './painter.ts';

/** From this number of people and lines on, WebGL on a GPU paints faster than a canvas. */
const WEBGL_FROM = 2500;

/** The painter of an element: a canvas, or for large drawings WebGL, whose code is loaded then. */
export class Painters {
  readonly #element: HTMLElement;
  readonly #changed: () => void;
  #current: Painter;
  /** Whether WebGL is used, or will never be. */
  #webgl: 'unused' | 'loading' | 'used' | 'impossible' = 'unused';
  #isDestroyed = false;

  /** @param changed called when there is a new painter, which has painted nothing */
  constructor(element: HTMLElement, changed: () => void) {
    this.#element = element;
    this.#changed = changed;
    this.#current = new CanvasPainter(element);
  }

  get current(): Painter {
    return this.#current;
  }

  get kind(): 'webgl' | 'canvas' {
    return this.#webgl === 'used' ? 'webgl' : 'canvas';
  }

  get isLoading(): boolean {
    return this.#webgl === 'loading';
  }

  /** Loads the painter for large drawings if a number of people and lines needs it. */
  choose(size: number): void {
    if (this.#webgl !== 'unused' || size < WEBGL_FROM) return;
    this.#webgl = 'loading';
    import('./webgl-painter.ts').then(
      ({ WebglPainter }) => {
        if (this.#isDestroyed) return;
        try {
          this.#replace(new WebglPainter(this.#element, () => this.#leaveWebgl()), 'used');
        } catch {
          this.#leaveWebgl();
        }
      },
      () => (this.#webgl = 'unused'), // the file did not load: try again for the next graph
    );
  }

  /** Paints on a canvas from now on: the browser has no WebGL, or has taken it away. */
  #leaveWebgl(): void {
    if (this.#isDestroyed || this.#webgl === 'impossible') return;
    this.#replace(new CanvasPainter(this.#element), 'impossible');
  }

  #replace(painter: Painter, webgl: 'used' | 'impossible'): void {
    this.#current.destroy();
    this.#current = painter;
    this.#webgl = webgl;
    this.#changed();
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#current.destroy();
  }
}
