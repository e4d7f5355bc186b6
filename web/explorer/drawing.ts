import { part } from './part.tsx';

interface DrawingProps {
  /** The username of the person in the middle. */
  username: string;
  /** Opens the page of a person. */
  visit(username: string): void;
  /** Whether it only is a picture, without controls and without a state in the address. */
  isPreview?: boolean;
}

const load = () => import('./drawing/drawing.tsx');

/** The drawing of a person's neighbourhood. Its code is loaded separately. */
export const Drawing = part<DrawingProps>('The graph', load);

/** Begins to load the code of the drawing, at the same time as the data that decides what is drawn. */
export function prepareDrawing(): void {
  load().catch(() => {}); // the drawing itself shows the fault
}
