import { expect, test } from '@playwright/test';

import { blocksOf } from '../../explorer/drawing/blocks.ts';
import { names } from './people.ts';

for (const [known, fresh] of [
  [0, 0],
  [0, 73],
  [73, 40],
  [100, 100],
  [250, 101],
] as const) {
  test(`requests each pair with a new person once: ${known} known, ${fresh} new`, () => {
    const [old, young] = [names(known, 'k'), names(fresh, 'f')];
    const pairs = new Map<string, number>();
    for (const { followerIds, followingIds } of blocksOf(old, young, 100)) {
      const lengths = [followerIds.length, followingIds.length];
      expect(Math.min(...lengths)).toBeGreaterThan(0);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(100);
      for (const a of followerIds) {
        for (const b of followingIds) pairs.set(`${a}>${b}`, (pairs.get(`${a}>${b}`) ?? 0) + 1);
      }
    }
    expect(pairs.size).toBe((known + fresh) ** 2 - known ** 2);
    expect([...pairs.values()].every((count) => count === 1)).toBe(true);
  });
}
