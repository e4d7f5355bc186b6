import type { Graph } from './graph.ts';

/** Finds the communities of the newest graph in a worker. */
export class Crowd {
  /** The number of each person's community. Undefined until they are found for the first time. */
  communities: ReadonlyMap<string, number> | undefined;
  readonly #found: () => void;
  #worker: Worker | undefined;
  #graph: Graph | undefined;

  constructor(found: () => void) {
    this.#found = found;
  }

  get isBusy(): boolean {
    return this.#worker !== undefined;
  }

  find(graph: Graph): void {
    const isSame = graph.following === this.#graph?.following && graph.people.size === this.#graph.people.size;
    this.#graph = graph;
    if (isSame) return;
    this.stop();
    const worker = (this.#worker = new Worker(new URL('./communities-worker.ts', import.meta.url), { type: 'module' }));
    worker.onmessage = ({ data }: MessageEvent<Map<string, number>>) => {
      this.communities = data;
      this.stop();
      this.#found();
    };
    worker.onerror = () => {
      this.#graph = undefined; // the file did not load: try again for the next graph
      this.stop();
    };
    const { people, following, middle } = graph;
    worker.postMessage({ people, following, middle });
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
