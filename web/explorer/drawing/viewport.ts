import type { Place } from './place.ts';

/** The limits of the zoom by gestures and buttons. */
export const LEAST_ZOOM = 0.03;
export const MOST_ZOOM = 3;

/** The visible part of the drawing. `pan` is the position of the origin in the window, in CSS pixels. */
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

/** The margin around the fitted box in CSS pixels, for nodes and names, and the one in windows narrower than NARROW. */
const MARGIN = 44;
const SMALL_MARGIN = 24;
export const NARROW = 640;

/** The margin at the top, where the notes are, in CSS pixels. */
export const NOTES = 72;

/** The maximum zoom: a few people do not fill a large window. */
const CLOSEST_FIT = 1.25;

/** Returns the box around at least one place. */
export function boxAround(places: readonly Place[]): Box {
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/**
 * Returns the viewport that shows a box in the middle, as large as possible.
 *
 * @param top the height of what covers the window at the top
 */
export function fitting(box: Box, { width, height }: Size, top: number, closest = CLOSEST_FIT): Viewport {
  const margin = width < NARROW ? SMALL_MARGIN : MARGIN;
  const above = Math.max(top, margin);
  const zoom = Math.min(
    closest,
    Math.max(1, width - 2 * margin) / Math.max(1, box.right - box.left),
    Math.max(1, height - margin - above) / Math.max(1, box.bottom - box.top),
  );
  const center = { x: width / 2, y: (height + above - margin) / 2 };
  return {
    zoom,
    pan: { x: center.x - ((box.left + box.right) / 2) * zoom, y: center.y - ((box.top + box.bottom) / 2) * zoom },
  };
}

/** Reports whether a box is completely in the window, with some margin. */
export function isInside(box: Box, { zoom, pan }: Viewport, { width, height }: Size): boolean {
  return (
    box.left * zoom + pan.x >= SMALL_MARGIN &&
    box.right * zoom + pan.x <= width - SMALL_MARGIN &&
    box.top * zoom + pan.y >= SMALL_MARGIN &&
    box.bottom * zoom + pan.y <= height - SMALL_MARGIN
  );
}

/** Returns a viewport between two others. */
export function between(from: Viewport, to: Viewport, part: number): Viewport {
  const along = (a: number, b: number) => a + (b - a) * part;
  return {
    zoom: along(from.zoom, to.zoom),
    pan: { x: along(from.pan.x, to.pan.x), y: along(from.pan.y, to.pan.y) },
  };
}
