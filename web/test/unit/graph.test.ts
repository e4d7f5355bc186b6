import { expect, test } from '@playwright/test';

import {
  begin,
  drawnOf,
  follows,
  hasMore,
  inOrder,
  linesOf,
  relationOf,
  seenBy,
  withoutAccountOf,
  withFollows,
  withFollowsAmong,
  withPage,
  withPath,
  withPerson,
} from '../../explorer/drawing/graph.ts';
import { neighbourhood, page, person } from './people.ts';

test('distinguishes followers, followed people and mutual follows', () => {
  const graph = neighbourhood(['rhys', 'yeva'], ['yeva', 'omar']);
  expect(['rhys', 'yeva', 'omar', 'ada'].map((id) => relationOf(graph, id, 'ada'))).toEqual([
    'follower',
    'both',
    'followed',
    'other',
  ]);
});

test('draws a mutual follow as one line', () => {
  const lines = linesOf(neighbourhood(['rhys', 'yeva'], ['yeva']));
  expect(lines.map(({ id, mutual }) => [id, mutual])).toEqual([
    ['rhys>ada', false],
    ['ada>yeva', true],
  ]);
});

test('does not change the original graph', () => {
  const before = neighbourhood(['rhys'], []);
  withFollows(before, [{ followerId: 'ada', followingId: 'rhys' }]);
  expect(follows(before, 'ada', 'rhys')).toBe(false);
});

test('ignores follows of people who are not drawn', () => {
  const graph = withFollows(neighbourhood(['rhys'], []), [{ followerId: 'rhys', followingId: 'nobody' }]);
  expect(linesOf(graph)).toHaveLength(1);
});

test('counts people without an account once if a page is loaded again', () => {
  const first = page('ada', 'followers', [person('rhys')], { withoutAccount: 3, next: 'c1' });
  let graph = withPage(begin(person('ada')), first);
  graph = withPage(graph, page('ada', 'followers', [person('yeva')], { after: 'c1', withoutAccount: 1 }));
  graph = withPage(graph, { ...first, people: [person('omar'), person('rhys')], withoutAccount: 2 });
  expect(withoutAccountOf(graph, 'ada', 'followers')).toBe(3);
  expect(drawnOf(graph, 'ada', 'followers')).toBe(3);
  expect(hasMore(graph, 'ada')).toBe(true); // the followed people are not loaded
});

test('has more people until the last page of each list', () => {
  let graph = begin(person('ada', { stats: { __typename: 'UserFollowStats', followersCount: 2, followingsCount: 0 } }));
  expect(hasMore(graph, 'ada')).toBe(true);
  graph = withPage(graph, page('ada', 'followers', [person('rhys')], { next: 'c1' }));
  expect(hasMore(graph, 'ada')).toBe(true);
  graph = withPage(graph, page('ada', 'followers', [person('yeva')], { after: 'c1' }));
  expect(hasMore(graph, 'ada')).toBe(false);
  expect(hasMore(begin(person('ada', { stats: { __typename: 'UserFollowStats', followersCount: 0, followingsCount: 0 } })), 'ada')).toBe(false);
});

test('mutual follows have both directions', () => {
  const graph = withPage(begin(person('ada')), page('ada', 'followers', [person('rhys')], { source: 'mutual', isLast: false }));
  expect(relationOf(graph, 'rhys', 'ada')).toBe('both');
});

test('the people of a path are beside their neighbours, from the first one who is drawn', () => {
  const path = ['gil', 'hana', 'rhys', 'omar'].map((id) => person(id));
  const graph = withPath(neighbourhood(['rhys'], []), path);
  expect(Object.fromEntries(graph.origins)).toEqual({ rhys: 'ada', hana: 'rhys', gil: 'hana', omar: 'rhys' });
  expect(graph.steps.at(-1)).toEqual({ of: 'gil', people: ['gil', 'hana', 'omar'], path: ['gil', 'hana', 'rhys', 'omar'] });
  expect(follows(graph, 'gil', 'hana') && follows(graph, 'hana', 'rhys') && follows(graph, 'rhys', 'omar')).toBe(true);
  const apart = withPath(neighbourhood([], []), path);
  expect(apart.origins.get('gil')).toBe('ada');
});

test('the order of the follows does not depend on the order in which they were loaded', () => {
  const some = [
    { followerId: 'rhys', followingId: 'yeva', followedAt: '2026-05-01T00:00:00Z' },
    { followerId: 'rhys', followingId: 'omar' },
  ];
  const orderOf = (list: typeof some) => {
    const graph = inOrder(withFollows(neighbourhood(['rhys'], ['yeva', 'omar']), list));
    return [...graph.following].map(([id, followed]) => [id, ...followed]);
  };
  expect(orderOf(some)).toEqual(orderOf(some.toReversed()));
  expect(withFollows(neighbourhood(['rhys'], ['yeva']), some).times.get('rhys')!.get('yeva')).toBe('2026-05-01T00:00:00Z');
});

test("takes the viewer's follows from the fields of each person", () => {
  const viewer = person('viewer');
  const followed = person('ada', { viewerIsFollowing: true });
  let graph = withPage(begin(followed, 'viewer'), page('ada', 'followers', [viewer]));
  expect(relationOf(graph, 'viewer', 'ada')).toBe('follower');

  graph = withPerson(graph, { ...followed, viewerIsFollowing: false });
  expect(relationOf(graph, 'viewer', 'ada')).toBe('other');

  // An older page from the cache must not restore the follow.
  graph = withPage(graph, page('ada', 'followers', [viewer]));
  expect(relationOf(graph, 'viewer', 'ada')).toBe('other');

  graph = withPerson(graph, { ...followed, viewerIsFollowing: true, isFollowingViewer: true });
  expect(relationOf(graph, 'viewer', 'ada')).toBe('both');
});

test('does not use data about another viewer', () => {
  const viewer = person('viewer');
  const others = page('ada', 'followers', [person('rhys', { viewerIsFollowing: true, isFollowingViewer: true })]);
  const ada = person('ada', { viewerIsFollowing: true });
  let graph = withPage(begin(ada, 'viewer'), page('ada', 'following', [viewer]));
  graph = seenBy(withPage(graph, others), 'yeva');
  expect(relationOf(graph, 'viewer', 'rhys')).toBe('both'); // the follows stay for any viewer

  graph = withPage(graph, page('ada', 'following', [viewer, person('yeva')]));
  expect(relationOf(graph, 'viewer', 'rhys')).toBe('both');
  expect(relationOf(graph, 'yeva', 'rhys')).toBe('other');
  graph = withPage(graph, page('ada', 'followers', [person('rhys', { isFollowingViewer: true })]));
  expect(relationOf(graph, 'yeva', 'rhys')).toBe('followed');
  expect(relationOf(graph, 'viewer', 'rhys')).toBe('both');
});

test('applies an unfollow before lists are loaded again', () => {
  const graph = seenBy(neighbourhood(['rhys'], []), 'rhys');
  expect(relationOf(withPerson(graph, person('ada')), 'rhys', 'ada')).toBe('other');
});

test('corrects follows, also if a page that was loaded before is added again', () => {
  const before = neighbourhood(['rhys', 'yeva'], []);
  const now = withFollowsAmong(before, ['ada', 'rhys', 'gone'], [
    { followerId: 'ada', followingId: 'rhys' },
    { followerId: 'gone', followingId: 'ada' },
  ]);
  const again = withPage(now, page('ada', 'followers', [person('rhys'), person('yeva')]));
  for (const graph of [now, again]) {
    expect(relationOf(graph, 'rhys', 'ada')).toBe('followed');
    expect(relationOf(graph, 'yeva', 'ada')).toBe('follower'); // not asked for
    expect(graph.people.has('gone')).toBe(false);
  }
  const back = withFollowsAmong(again, ['ada', 'rhys'], [{ followerId: 'rhys', followingId: 'ada' }]);
  expect(relationOf(back, 'rhys', 'ada')).toBe('follower');
  expect(relationOf(before, 'rhys', 'ada')).toBe('follower');
});
