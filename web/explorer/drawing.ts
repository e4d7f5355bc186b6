import { part } from './part.tsx';

const load = () => import('./drawing/drawing.tsx');

/** The drawing of a person's neighbourhood. Its code is loaded separately. */
export const Drawing = part('The graph', load);

/** Begins to load the code of the drawing, at the same time as its data. */
export function prepareDrawing(): void {
  load().catch(() => {}); // the drawing itself shows the fault
}
