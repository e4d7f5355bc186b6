/** The colours of the drawing, by their custom properties in drawing.css. */
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
] as const;

export type Colours = Record<(typeof NAMES)[number], string>;

/**
 * Reads the colours as they are now, light or dark. The browser computes them on an element: a property's own value may
 * be an expression, which a canvas does not know.
 */
export function coloursOf(place: HTMLElement): Colours {
  const probe = place.appendChild(document.createElement('span'));
  // Where the reader's system forces its colours, it does so on text, and a canvas would get one colour for all.
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
