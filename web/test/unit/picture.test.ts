import { expect, test } from '@playwright/test';

import { communitiesOf } from '../../explorer/drawing/communities.ts';
import type { Colours } from '../../explorer/drawing/colours.ts';
import { begin, withFollows, withPage } from '../../explorer/drawing/graph.ts';
import { Marks } from '../../explorer/drawing/marks.ts';
import { ALWAYS, nameCenter, namesWithRoom, type Ruler } from '../../explorer/drawing/naming.ts';
import { svg } from '../../explorer/drawing/picture.ts';
import type { Place } from '../../explorer/drawing/place.ts';
import { lineStyleOf, lookOf, nodeStyleOf } from '../../explorer/drawing/style.ts';
import { names, neighbourhood, page, person } from './people.ts';

const ruler = { family: '"A & B"', widthOf: ({ label }: { label: string }) => 7 * label.length } as unknown as Ruler;
const colours = new Proxy({}, { get: (_, name) => `rgb(${[...String(name)].map((letter) => letter.charCodeAt(0)).join()})` }) as Colours;

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

test('lines have the colour of their community, and others are faint', () => {
  const graph = twoGroups(false);
  const marks = new Marks();
  const communities = communitiesOf(graph);
  marks.show(graph, { oneWay: true, mutual: true }, new Map(), communities);
  const styleOf = (id: string) => lineStyleOf(marks.lines.get(id)!, colours, 1);
  const [within, between] = [styleOf('one0>one1'), styleOf('one0>two0')];
  expect(within.colour).toBe(colours[`community-${communities.get('one0')}` as keyof Colours]);
  expect(between.colour).toBe(colours.line);
  expect(between.opacity).toBeLessThan(within.opacity / 2);
  expect(nodeStyleOf(marks.nodes.get('two0')!, colours).fill).toBe(nodeStyleOf(marks.nodes.get('two1')!, colours).fill);
  marks.show(graph, { oneWay: true, mutual: true }, new Map(), undefined);
  expect(styleOf('one0>one1').colour).toBe(colours['line-mutual']);
  const looks = new Map([...marks.lines.values()].map((line) => [lookOf(line), lineStyleOf(line, colours, 1)]));
  for (const line of marks.lines.values()) expect(looks.get(lookOf(line))).toEqual(lineStyleOf(line, colours, 1));
});

test('a name at the edge of the window is inside it', () => {
  const marks = new Marks();
  marks.show(begin(person('a-rather-long-name')), { oneWay: true, mutual: true }, new Map([['a-rather-long-name', { x: 0, y: 0 }]]), undefined);
  const node = marks.nodes.get('a-rather-long-name')!;
  const size = { width: 320, height: 400 };
  for (const x of [0, 5, 160, 318]) {
    const view = { viewport: { zoom: 1, pan: { x, y: 200 } }, size };
    const width = ruler.widthOf(node);
    const center = nameCenter(node, 0, view, width);
    if (x > 0 && x < 318) expect(center.x - width / 2).toBeGreaterThanOrEqual(0);
    if (x > 0) expect(center.x + width / 2).toBeLessThanOrEqual(320);
    expect(Math.abs(center.x - x)).toBeLessThanOrEqual(width / 2); // it stays at its node
  }
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
