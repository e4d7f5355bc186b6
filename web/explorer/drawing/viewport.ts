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

/** The margin around the fitted box in CSS pixels, for names and, at the top, for notes. */
const MARGIN = 44;
const TOP = 72;

/** The maximum zoom: a few people do not fill a large window. */
const CLOSEST_FIT = 1.25;

/** Returns the box around at least one place. */
export function boxAround(places: readonly Place[]): Box {
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** Returns the viewport that shows a box in the middle, as large as possible. */
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

/** Reports whether a box is completely in the window, with some margin. */
export function isInside(box: Box, { zoom, pan }: Viewport, { width, height }: Size): boolean {
  return (
    box.left * zoom + pan.x >= MARGIN / 2 &&
    box.right * zoom + pan.x <= width - MARGIN / 2 &&
    box.top * zoom + pan.y >= MARGIN / 2 &&
    box.bottom * zoom + pan.y <= height - MARGIN / 2
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
