import { expect, test } from '@playwright/test';

import { withFollows } from '../../explorer/drawing/graph.ts';
import { pathOf } from '../../explorer/drawing/path.ts';
import { neighbourhood } from './people.ts';

const graph = withFollows(neighbourhood(['rhys'], ['yeva', 'omar']), [
  { followerId: 'yeva', followingId: 'omar' },
  { followerId: 'omar', followingId: 'rhys' },
]);

for (const [from, to, path] of [
  ['ada', 'ada', ['ada']],
  ['ada', 'omar', ['ada', 'omar']],
  ['ada', 'rhys', ['ada', 'omar', 'rhys']],
  ['yeva', 'ada', ['yeva', 'omar', 'rhys', 'ada']],
] as const) {
  test(`finds the shortest path from ${from} to ${to}`, () => {
    expect(pathOf(graph, from, to)).toEqual(path);
  });
}

test('follows the direction of follows', () => {
  expect(pathOf(neighbourhood(['rhys'], ['yeva']), 'yeva', 'rhys')).toBeUndefined();
});
