import { expect, test } from '@playwright/test';

import { begin, withFollows, withPage, withStep, type Follow, type Graph, type Page } from '../../explorer/drawing/graph.ts';
import { layOut, placesOf, type Placed } from '../../explorer/drawing/layout.ts';
import type { Place, Places } from '../../explorer/drawing/place.ts';
import { names, neighbourhood, page, person } from './people.ts';

function settled(graph: Graph, before: Placed = [], loose: string[] = []): Placed {
  const layout = layOut(graph, before, new Set(loose));
  while (!layout.advance(Infinity));
  return layout.placed();
}

function placed(graph: Graph, before: Placed = [], loose: string[] = []): Places {
  return placesOf(graph, settled(graph, before, loose));
}

function nearest(places: Places): number {
  const all = [...places.values()];
  return Math.min(...all.flatMap((a, i) => all.slice(i + 1).map((b) => Math.hypot(a.x - b.x, a.y - b.y))));
}

const graph = neighbourhood([...names(30, 'follower'), ...names(6, 'both')], [...names(20, 'followed'), ...names(6, 'both')]);

test('places followers on the left and followed people on the right', () => {
  const places = placed(graph);
  const mean = (prefix: string) => {
    const group = [...places].filter(([id]) => new RegExp(`^${prefix}\\d`).test(id)).map(([, place]) => place);
    return group.reduce((sum, { x }) => sum + x, 0) / group.length;
  };
  expect(places.get('ada')).toEqual({ x: 0, y: 0 });
  expect(mean('follower')).toBeLessThan(-50);
  expect(mean('followed')).toBeGreaterThan(50);
});

test('keeps nodes apart', () => {
  expect(nearest(placed(graph))).toBeGreaterThan(30);
});

/** Pages of ada and of two people who were expanded after her. */
const PAGES = [
  page('ada', 'followers', [...names(30, 'follower'), ...names(6, 'both')].map((id) => person(id))),
  page('ada', 'following', [...names(20, 'followed'), ...names(6, 'both')].map((id) => person(id))),
  page('followed3', 'followers', names(20, 'new').map((id) => person(id))),
  page('follower7', 'following', [...names(15, 'more'), 'new3', 'both2'].map((id) => person(id))),
];

const FOLLOWS: Follow[] = names(30, 'follower').map((followerId, i) => ({ followerId, followingId: `followed${i % 20}` }));

/** The graph of the pages, with the steps in their order. `turned` reads each step's people and all follows backwards. */
function loaded(turned: boolean, count = PAGES.length): Graph {
  const order = <T>(list: readonly T[]) => (turned ? list.toReversed() : [...list]);
  let graph = begin(person('ada'));
  for (const of of ['ada', 'followed3', 'follower7']) {
    const pages = PAGES.slice(0, count).filter((one) => one.of === of);
    if (pages.length > 0) graph = withStep(graph, { of, people: [] });
    for (const one of order<Page>(pages)) graph = withPage(graph, { ...one, people: order(one.people) });
  }
  return withFollows(graph, order(FOLLOWS));
}

function sortedPlaces(places: Places) {
  return [...places].sort(([a], [b]) => (a < b ? -1 : 1));
}

test('the same graph has the same places, in whichever order it was loaded', () => {
  expect(sortedPlaces(placed(loaded(true)))).toEqual(sortedPlaces(placed(loaded(false))));
});

test('a graph that grew has the places of a graph that was loaded at once', () => {
  let before: Placed = [];
  for (const count of [2, 3, 4]) before = settled(loaded(false, count), before);
  expect(sortedPlaces(placesOf(loaded(false), before))).toEqual(sortedPlaces(placed(loaded(true))));
});

test('the follows among new people arrive later without a difference', () => {
  const before = settled({ ...loaded(false), following: new Map() });
  const loose = [...loaded(false).people.keys()];
  expect(sortedPlaces(placed(loaded(false), before, loose))).toEqual(sortedPlaces(placed(loaded(false))));
});

test('a removed step leaves no trace', () => {
  const all = settled(loaded(false));
  const without = loaded(false, 3);
  expect(sortedPlaces(placed(without, all))).toEqual(sortedPlaces(placed(without)));
});

test('moves only the expanded person, who gets room', () => {
  const first = settled(graph);
  const before = placesOf(graph, first);
  const opened = withStep(graph, { of: 'followed3', people: [] });
  const expanded = withPage(opened, page('followed3', 'followers', names(20, 'new').map((id) => person(id))));
  const after = placed(expanded, first);
  expect(moved(before, after)).toEqual(['followed3']);
  expect(after.size).toBe(before.size + 20);
  expect(nearest(after)).toBeGreaterThan(25);
  const center = after.get('followed3')!;
  for (const id of names(20, 'new')) expect(distance(after.get(id)!, center)).toBeLessThan(300);
});

test('new people of an earlier step get places, and no one else moves', () => {
  const first = settled(graph);
  const late = withPage(graph, page('ada', 'followers', [person('late')], { after: 'cursor' }));
  const after = placed(late, first);
  expect(moved(placesOf(graph, first), after)).toEqual([]);
  expect(nearest(after)).toBeGreaterThan(30);
});

test('the people of a path are between its ends', () => {
  const opened = withStep(graph, { of: 'follower1', people: ['x', 'y'], path: ['follower1', 'x', 'y', 'followed1'] });
  const chain = { ...opened, people: new Map([...opened.people, ['x', person('x')], ['y', person('y')]]) };
  const places = placed(chain, settled(graph));
  const [from, x, y, to] = ['follower1', 'x', 'y', 'followed1'].map((id) => places.get(id)!);
  expect(distance(from!, x!)).toBeLessThan(distance(from!, y!));
  expect(distance(to!, y!)).toBeLessThan(distance(to!, x!));
  expect(nearest(places)).toBeGreaterThan(25);
});

test('advances in slices', () => {
  const layout = layOut(graph, [], new Set());
  expect(layout.advance(0)).toBe(false);
  while (!layout.advance(0));
  expect(placesOf(graph, layout.placed()).size).toBe(graph.people.size);
});

function moved(before: Places, after: Places): string[] {
  return [...before.keys()].filter((id) => distance(before.get(id)!, after.get(id)!) > 0);
}

function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
