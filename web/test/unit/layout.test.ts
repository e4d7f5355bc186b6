import { expect, test } from '@playwright/test';

import { withPage, type Graph } from '../../explorer/drawing/graph.ts';
import { layOut } from '../../explorer/drawing/layout.ts';
import type { Place, Places } from '../../explorer/drawing/place.ts';
import { names, neighbourhood, page, person } from './people.ts';

const ROUND = { x: 1, y: 1 };

function settled(graph: Graph, places: Places = new Map(), loose: string[] = []): Places {
  const layout = layOut(graph, places, new Set(loose), ROUND);
  while (!layout.advance(Infinity));
  return layout.places();
}

function nearest(places: Places): number {
  const all = [...places.values()];
  return Math.min(...all.flatMap((a, i) => all.slice(i + 1).map((b) => Math.hypot(a.x - b.x, a.y - b.y))));
}

const graph = neighbourhood([...names(30, 'follower'), ...names(6, 'both')], [...names(20, 'followed'), ...names(6, 'both')]);

test('places followers on the left and followed people on the right', () => {
  const places = settled(graph);
  const mean = (prefix: string) => {
    const group = [...places].filter(([id]) => new RegExp(`^${prefix}\\d`).test(id)).map(([, place]) => place);
    return group.reduce((sum, { x }) => sum + x, 0) / group.length;
  };
  expect(places.get('ada')).toEqual({ x: 0, y: 0 });
  expect(mean('follower')).toBeLessThan(-50);
  expect(mean('followed')).toBeGreaterThan(50);
});

test('keeps nodes apart', () => {
  expect(nearest(settled(graph))).toBeGreaterThan(30);
});

test('is deterministic', () => {
  expect(settled(graph)).toEqual(settled(graph));
});

test('moves only the expanded person, who gets room', () => {
  const before = settled(graph);
  const expanded = withPage(graph, page('followed3', 'followers', names(20, 'new').map((id) => person(id))));
  const after = settled(expanded, before);
  expect(moved(before, after)).toEqual(['followed3']);
  expect(after.size).toBe(before.size + 20);
  expect(nearest(after)).toBeGreaterThan(25);
  const center = after.get('followed3')!;
  for (const id of names(20, 'new')) expect(distance(after.get(id)!, center)).toBeLessThan(300);
});

test('lets only the people added last move', () => {
  const before = settled(graph);
  const after = settled(graph, before, ['follower1']);
  expect(moved(before, after).filter((id) => id !== 'follower1')).toEqual([]);
});

test('advances in slices', () => {
  const layout = layOut(graph, new Map(), new Set(), ROUND);
  expect(layout.advance(0)).toBe(false);
  expect(layout.places().size).toBe(graph.people.size);
});

function moved(before: Places, after: Places): string[] {
  return [...before.keys()].filter((id) => distance(before.get(id)!, after.get(id)!) > 0);
}

function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
