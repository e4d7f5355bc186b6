import { expect, test } from '@playwright/test';

import { communitiesOf } from '../../explorer/drawing/communities.ts';
import type { Colours } from '../../explorer/drawing/colours.ts';
import { begin, withFollows, withPage } from '../../explorer/drawing/graph.ts';
import { Marks } from '../../explorer/drawing/marks.ts';
import { ALWAYS, namesWithRoom, type Ruler } from '../../explorer/drawing/naming.ts';
import { svg } from '../../explorer/drawing/picture.ts';
import type { Place } from '../../explorer/drawing/place.ts';
import { names, neighbourhood, page, person } from './people.ts';

const ruler = { family: '"A & B"', widthOf: ({ label }: { label: string }) => 7 * label.length } as unknown as Ruler;
const colours = new Proxy({}, { get: (_, name) => `rgb(0, 0, ${String(name).length})` }) as Colours;

/** Two groups of people who follow each other, and one follow between the groups. */
function twoGroups(turned: boolean) {
  const [one, two] = [names(8, 'one'), names(8, 'two')];
  const within = (group: string[]) =>
    group.flatMap((followerId) => group.map((followingId) => ({ followerId, followingId })));
  const follows = [...within(one), ...within(two), { followerId: 'one0', followingId: 'two0' }].filter(
    ({ followerId, followingId }) => followerId !== followingId,
  );
  const order = <T>(list: T[]) => (turned ? list.toReversed() : list);
  return withFollows(neighbourhood(order([...one, ...two]), []), order(follows));
}

test('communities are groups with many follows, in whichever order these were loaded', () => {
  const communities = communitiesOf(twoGroups(false));
  const of = (prefix: string) => new Set(names(8, prefix).map((id) => communities.get(id)));
  expect(of('one').size).toBe(1);
  expect(of('two').size).toBe(1);
  expect(of('one')).not.toEqual(of('two'));
  expect(communities.has('ada')).toBe(false);
  expect([...communitiesOf(twoGroups(true))].sort()).toEqual([...communities].sort());
});

test('the names of the most followed people are always shown', () => {
  const followers = names(300, 'p').map((id, i) =>
    person(id, { stats: { __typename: 'UserFollowStats', followersCount: i, followingsCount: 0 } }),
  );
  const graph = withPage(begin(person('ada')), page('ada', 'followers', followers));
  const marks = new Marks();
  const spots = followers.map(({ id }, i): [string, Place] => [id, { x: (i % 20) * 9, y: Math.floor(i / 20) * 9 }]);
  marks.show(graph, { oneWay: true, mutual: true }, new Map([['ada', { x: 90, y: 70 }], ...spots]), undefined);
  const viewport = { zoom: 1, pan: { x: 300, y: 300 } };
  const shown = namesWithRoom([...marks.nodes.values()], viewport, { width: 800, height: 800 }, ruler);
  for (const { id } of followers.slice(-ALWAYS)) expect(shown.has(id), id).toBe(true);
  expect(shown.has('p0')).toBe(false);
});

test('an SVG has texts and no markup from names', () => {
  const name = '</text><script>alert("1")</script>&\u0007\ud800';
  const graph = withPage(begin(person('ada', { firstname: name })), page('ada', 'followers', [person('فاطمة')]));
  const marks = new Marks();
  const places = new Map([['ada', { x: 0, y: 0 }], ['فاطمة', { x: 200, y: 0 }]]);
  marks.show(graph, { oneWay: true, mutual: true }, places, undefined);
  const text = svg(marks, { colours, ruler, thin: 1 });
  expect(text).toContain('&lt;/text&gt;&lt;script');
  expect(text).not.toContain('<script');
  expect(text).not.toContain('\u0007');
  expect(text).not.toMatch(/\p{Surrogate}/u);
  expect(text).toContain('فاطمة');
  expect(text).toContain('font-family="&quot;A &amp; B&quot;"');
  expect(text.match(/<path d="M/g)).toHaveLength(2); // a line and its arrow
});
