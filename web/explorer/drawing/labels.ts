import type { Box } from './viewport.ts';

/** A name that needs room in the window. */
export interface Label {
  id: string;
  /** The possible boxes, the best one first. Only names that are always shown use others than the first. */
  boxes: readonly Box[];
  /** The space on both sides of a box and below it, which belongs to it too. */
  air: number;
  /** Whether it is always shown. */
  must: boolean;
}

/**
 * Returns the labels to show, with the index of the chosen box: labels that are always shown, and labels that cover
 * neither an earlier label nor an obstacle, completely in the window. The more important labels must come first. A label
 * that is always shown has the first box in the window that covers neither an earlier one of these labels nor the person
 * in the middle. If there is none, it has the first box in the window, or else its first box.
 *
 * A grid finds the neighbours, so that a thousand labels take only a few milliseconds.
 */
export function labelsWithRoom(
  labels: readonly Label[],
  { obstacles, middle, window }: { obstacles: readonly Box[]; middle: readonly Box[]; window: Box },
): Map<string, number> {
  const shown = new Map<string, number>();
  const grid = new Grid();
  for (const box of middle) grid.put(box);
  for (const { id, boxes, air } of labels.filter(({ must }) => must)) {
    const free = boxes.findIndex((box) => isIn(window, box) && !grid.covers(grown(box, air)));
    const chosen = free >= 0 ? free : Math.max(0, boxes.findIndex((box) => isIn(window, box)));
    shown.set(id, chosen);
    grid.put(grown(boxes[chosen]!, air));
  }
  for (const obstacle of obstacles) grid.put(obstacle);
  for (const { id, boxes, air } of labels.filter(({ must }) => !must)) {
    const [box] = boxes;
    if (!box || !isIn(window, box) || grid.covers(grown(box, air))) continue;
    shown.set(id, 0);
    grid.put(grown(box, air));
  }
  return shown;
}

/** The size of a grid cell in CSS pixels: about the size of a label. */
const CELL = { width: 128, height: 32 };

/** Boxes by the grid cells that they touch. */
class Grid {
  readonly #cells = new Map<string, Box[]>();

  put(box: Box): void {
    for (const cell of cellsOf(box)) {
      const boxes = this.#cells.get(cell);
      if (boxes) boxes.push(box);
      else this.#cells.set(cell, [box]);
    }
  }

  covers(box: Box): boolean {
    return cellsOf(box).some((cell) => this.#cells.get(cell)?.some((other) => cover(box, other)));
  }
}

function cellsOf({ left, right, top, bottom }: Box): string[] {
  const cells = [];
  for (let column = Math.floor(left / CELL.width); column <= Math.floor(right / CELL.width); column++) {
    for (let row = Math.floor(top / CELL.height); row <= Math.floor(bottom / CELL.height); row++) {
      cells.push(`${column},${row}`);
    }
  }
  return cells;
}

function grown({ left, right, top, bottom }: Box, air: number): Box {
  return { left: left - air, right: right + air, top, bottom: bottom + air };
}

function isIn(window: Box, { left, right, top, bottom }: Box): boolean {
  return left >= window.left && right <= window.right && top >= window.top && bottom <= window.bottom;
}

function cover(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
