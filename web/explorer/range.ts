import { defaultRangeExtractor, type Range } from '@tanstack/virtual-core';

/** Lists up to this number of rows are rendered as a whole, so that the browser's search finds all people in them. */
export const WHOLE = 200;

/**
 * Returns the rows to render: all of a short list, or those near the window and the one that has the focus. The latter
 * can be apart from the others.
 */
export function rangeOf(range: Range, focused: number | undefined): { rows: number[]; apart: number | undefined } {
  if (range.count <= WHOLE) return { rows: Array.from({ length: range.count }, (_, row) => row), apart: undefined };
  const near = defaultRangeExtractor(range);
  if (focused === undefined || focused >= range.count || near.includes(focused)) return { rows: near, apart: undefined };
  return { rows: focused < near[0]! ? [focused, ...near] : [...near, focused], apart: focused };
}
