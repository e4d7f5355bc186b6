import type { Graph } from './graph.ts';
import { layOut, type Placed } from './layout.ts';
import { everyFrame, type Stop } from './motion.ts';

/** The time for the layout in each frame, in milliseconds. The other half of the frame is for other work. */
const SLICE = 7;

/** Above this number of people to place, a worker computes the layout: one tick takes longer than a frame. */
const MANY = 300;

export interface LayoutQuestion {
  graph: Graph;
  before: Placed;
  loose: ReadonlySet<string>;
}

export type LayoutAnswer = Placed;

/** Computes layouts, one at a time: in slices, or in a worker if there are many people to place. */
export class Placer {
  #placed: Placed = [];
  #stop: Stop = () => {};
  #worker: Worker | undefined;

  /** Starts a layout, which replaces a running one. `done` gets the result. */
  start(graph: Graph, loose: ReadonlySet<string>, done: (placed: Placed) => void): void {
    this.#stop();
    const finish = (placed: Placed) => {
      this.#stop = () => {};
      this.#placed = placed;
      done(placed);
    };
    const question = { graph, before: this.#placed, loose };
    if (graph.people.size - this.#placed.reduce((sum, { places }) => sum + places.size, 0) + loose.size > MANY) {
      this.#ask(question, finish);
    } else this.#slice(question, finish);
  }

  stop(): void {
    this.#stop();
  }

  #slice({ graph, before, loose }: LayoutQuestion, finish: (placed: Placed) => void): void {
    const layout = layOut(graph, before, loose);
    this.#stop = everyFrame(() => {
      if (!layout.advance(SLICE)) return false;
      finish(layout.placed());
      return true;
    });
  }

  #ask(question: LayoutQuestion, finish: (placed: Placed) => void): void {
    const worker = (this.#worker ??= new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' }));
    this.#stop = () => {
      worker.terminate();
      this.#worker = undefined;
      this.#stop = () => {};
    };
    worker.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => finish(data);
    // Without a worker, for example because its file did not load, the page computes the layout itself.
    worker.onerror = (event) => {
      event.preventDefault();
      this.#stop();
      this.#slice(question, finish);
    };
    worker.postMessage(question);
  }
}
