import type { Place } from './layout.ts';

/** Which part of the drawing is seen: `pan` is where its origin lies in the window, in CSS pixels. */
export interface Viewport {
  zoom: number;
  pan: Place;
}

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Space that stays free around what is fitted in, in CSS pixels: names stand there, and at the top the notes. */
const MARGIN = 44;
const TOP = 72;

/** A few people are not blown up to fill a large window. */
const CLOSEST_FIT = 1.25;

/** The box around some places, which must be one at least. */
export function boxAround(places: readonly Place[]): Box {
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** The viewport that shows a box as large as fits, in the middle. */
export function fitting(box: Box, { width, height }: Size, closest = CLOSEST_FIT): Viewport {
  const zoom = Math.min(
    closest,
    Math.max(1, width - 2 * MARGIN) / Math.max(1, box.right - box.left),
    Math.max(1, height - MARGIN - TOP) / Math.max(1, box.bottom - box.top),
  );
  const center = { x: width / 2, y: (height + TOP - MARGIN) / 2 };
  return {
    zoom,
    pan: { x: center.x - ((box.left + box.right) / 2) * zoom, y: center.y - ((box.top + box.bottom) / 2) * zoom },
  };
}

/** Whether a box lies wholly in the window, with some space around it. */
export function isInside(box: Box, { zoom, pan }: Viewport, { width, height }: Size): boolean {
  return (
    box.left * zoom + pan.x >= MARGIN / 2 &&
    box.right * zoom + pan.x <= width - MARGIN / 2 &&
    box.top * zoom + pan.y >= MARGIN / 2 &&
    box.bottom * zoom + pan.y <= height - MARGIN / 2
  );
}

/** A viewport on the way from one to another. */
export function between(from: Viewport, to: Viewport, part: number): Viewport {
  const along = (a: number, b: number) => a + (b - a) * part;
  return {
    zoom: along(from.zoom, to.zoom),
    pan: { x: along(from.pan.x, to.pan.x), y: along(from.pan.y, to.pan.y) },
  };
}
