import type { Sheet } from './ink.ts';
import type { Marks } from './marks.ts';

export interface Frame extends Sheet {
  marks: Marks;
  /** Whether the user is moving the window. Another frame follows when it is at rest. */
  isMoving: boolean;
}

/** Paints the marks inside an element. */
export interface Painter {
  /** Paints a frame, and clears the sets of changed and moved marks. */
  paint(frame: Frame): void;
  destroy(): void;
}
