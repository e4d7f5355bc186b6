import type { Place, Places } from './layout.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

const WAYS: Record<Direction, Place> = {
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
};

/** How much worse than the same distance straight on a distance to the side is. */
const ASIDE = 2;

/**
 * Who is the next one in a direction: the nearest of those that lie within 45 degrees of it, and among them rather
 * straight on than aside. Undefined where nobody does.
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
