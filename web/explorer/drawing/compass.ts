import type { Place, Places } from './place.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

export const WAYS: Record<Direction, Place> = {
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
};

/** The weight of the distance to the side, compared with the distance ahead. */
const ASIDE = 2;

/**
 * Returns the nearest person within 45 degrees of a direction, with a preference for people straight ahead. Returns
 * undefined if there is none.
 */
export function nextIn(direction: Direction, from: string, places: Places): string | undefined {
  const here = places.get(from);
  if (!here) return undefined;
  const way = WAYS[direction];
  let best: { id: string; cost: number } | undefined;
  for (const [id, { x, y }] of places) {
    const [dx, dy] = [x - here.x, y - here.y];
    const ahead = dx * way.x + dy * way.y;
    const aside = Math.abs(dx * way.y) + Math.abs(dy * way.x);
    const cost = ahead + ASIDE * aside;
    if (ahead <= 0 || aside > ahead || id === from) continue;
    if (!best || cost < best.cost) best = { id, cost };
  }
  return best?.id;
}
