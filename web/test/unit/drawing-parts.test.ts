import { expect, test } from '@playwright/test';

import { nextIn } from '../../explorer/drawing/compass.ts';
import { labelsWithRoom } from '../../explorer/drawing/labels.ts';
import { labelOf } from '../../explorer/drawing/name.ts';
import { radiusOf } from '../../explorer/drawing/size.ts';
import { fitting, isInside } from '../../explorer/drawing/viewport.ts';
import { countsInWords, relationInWords } from '../../explorer/drawing/words.ts';
import { begin, withPage } from '../../explorer/drawing/graph.ts';
import { neighbourhood, page, person } from './people.ts';

test('the arrow keys lead to the nearest person in their direction', () => {
  const places = new Map([
    ['here', { x: 0, y: 0 }],
    ['near, aside', { x: 50, y: 45 }],
    ['straight on', { x: 90, y: 0 }],
    ['above', { x: 10, y: -40 }],
  ]);
  expect(nextIn('right', 'here', places)).toBe('straight on');
  expect(nextIn('up', 'here', places)).toBe('above');
  expect(nextIn('left', 'here', places)).toBeUndefined();
});

test('shows required labels, and others if there is room', () => {
  const box = (left: number, top = 0) => ({ left, right: left + 50, top, bottom: top + 15 });
  const labels = [
    { id: 'first', must: false, boxes: [box(0)] },
    { id: 'covers the first', must: false, boxes: [box(40)] },
    { id: 'free', must: false, boxes: [box(60)] },
    { id: 'over a node', must: false, boxes: [box(300)] },
    { id: 'over the edge', must: false, boxes: [box(660)] },
    { id: 'must', must: true, boxes: [box(310), box(310, 50)] },
    { id: 'must, on the other side', must: true, boxes: [box(320), box(320, 50)] },
    { id: 'must, without room', must: true, boxes: [box(315), box(315, 50)] },
    { id: 'must, at the edge', must: true, boxes: [box(680), box(540)] },
    { id: 'must, over the middle', must: true, boxes: [box(630), box(630, 50)] },
  ].map((label) => ({ ...label, air: 0 }));
  const obstacle = { left: 290, right: 305, top: 5, bottom: 10 };
  const window = { left: 0, right: 700, top: 0, bottom: 100 };
  expect([...labelsWithRoom(labels, { obstacles: [obstacle], middle: [box(620)], window })]).toEqual([
    ['must', 0],
    ['must, on the other side', 1],
    ['must, without room', 0],
    ['must, at the edge', 1],
    ['must, over the middle', 1],
    ['first', 0],
    ['free', 0],
  ]);
});

test('cuts a long name between graphemes and isolates its direction', () => {
  const cut = labelOf(person('x', { firstname: 'é'.normalize('NFD').repeat(200) }));
  expect(cut).toBe(`\u2068${'é'.normalize('NFD').repeat(23)}…\u2069`);
  expect(labelOf(person('x', { firstname: 'فاطمة', lastname: 'قاسم' }))).toBe('\u2068فاطمة قاسم\u2069');
});

test('a node grows with the followers, within bounds', () => {
  const graph = begin(person('ada'));
  const radius = (followersCount: number) =>
    radiusOf(graph, person('x', { stats: { __typename: 'UserFollowStats', followersCount, followingsCount: 0 } }));
  expect([0, 10, 1000].map(radius)).toEqual([0, 10, 1000].map(radius).toSorted((a, b) => a - b));
  expect(radius(1e9)).toBeLessThan(30);
});

test('a fitted box is inside the window', () => {
  const box = { left: -500, right: 300, top: -100, bottom: 900 };
  for (const size of [{ width: 390, height: 600 }, { width: 880, height: 700 }]) {
    expect(isInside(box, fitting(box, size, 72), size)).toBe(true);
  }
});

test('shows drawn and total numbers, and people without an account', () => {
  const stats = { __typename: 'UserFollowStats', followersCount: 3035, followingsCount: 1 } as const;
  const followers = page('ada', 'followers', [person('rhys')], { withoutAccount: 3 });
  const graph = withPage(begin(person('ada', { stats })), followers);
  expect(countsInWords(graph, 'ada')).toBe('1 of 3,035 followers and 0 of 1 followed, and 3 without an account');
});

test('shows the relation to the middle, or else to the person who added them', () => {
  let graph = neighbourhood(['rhys'], ['yeva']);
  graph = withPage(graph, page('yeva', 'followers', [person('omar')]));
  expect(relationInWords(graph, 'rhys')).toBe('follows \u2068ada\u2069');
  expect(relationInWords(graph, 'yeva')).toBe('followed by \u2068ada\u2069');
  expect(relationInWords(graph, 'omar')).toBe('follows \u2068yeva\u2069');
});
