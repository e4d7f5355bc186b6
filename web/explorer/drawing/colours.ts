/** The number of community colours. The largest communities get one each. */
export const COMMUNITY_COLOURS = 8;

/** The colours of the drawing and their custom properties in drawing.css. */
const NAMES = [
  'ground',
  'text',
  'middle',
  'follower',
  'followed',
  'both',
  'other',
  'line',
  'line-mutual',
  'path',
  'community-0',
  'community-1',
  'community-2',
  'community-3',
  'community-4',
  'community-5',
  'community-6',
  'community-7',
] as const;

export type Colours = Record<(typeof NAMES)[number], string>;

/**
 * Returns the current colours, light or dark. The browser computes them on an element: the value of a property can be
 * an expression, which a canvas does not understand.
 */
export function coloursOf(place: HTMLElement): Colours {
  const probe = place.appendChild(document.createElement('span'));
  // In forced colours mode the browser replaces the colours of text. The canvas would get the same colour for all.
  probe.style.forcedColorAdjust = 'none';
  const colours = Object.fromEntries(
    NAMES.map((name) => {
      probe.style.color = `var(--drawing-${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return colours as Colours;
}
