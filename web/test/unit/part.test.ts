import { expect, test } from '@playwright/test';

import { foundIn } from '../../explorer/drawing/find.ts';
import { begin, relationOf, withFollows, withPage } from '../../explorer/drawing/graph.ts';
import { daysOf, partOf } from '../../explorer/drawing/part.ts';
import { BEGINNING, planAfter, type Action } from '../../explorer/drawing/plan.ts';
import { peopleInWords, totalsInWords } from '../../explorer/drawing/words.ts';
import { neighbourhood, page, person } from './people.ts';

const graph = withFollows(withPage(neighbourhood(['rhys', 'yeva'], ['yeva', 'omar']), page('omar', 'followers', [person('gil')])), [
  { followerId: 'rhys', followingId: 'ada', followedAt: '2026-05-03T10:00:00Z' },
  { followerId: 'yeva', followingId: 'ada', followedAt: '2026-05-01T10:00:00Z' },
  { followerId: 'ada', followingId: 'yeva', followedAt: '2026-05-02T23:59:59Z' },
  { followerId: 'ada', followingId: 'omar', followedAt: '2026-05-02T00:00:00Z' },
]);

function shown(actions: Action[], path?: string[]) {
  return partOf(graph, actions.reduce(planAfter, BEGINNING), path);
}

function off(kind: Extract<Action, { do: 'switch' }>['kind']): Action {
  return { do: 'switch', kind, isOn: false };
}

test('everything is drawn at first', () => {
  expect(shown([])).toBe(graph);
});

test('leaves out hidden people with their lines', () => {
  const part = shown([{ do: 'hide', username: 'yeva' }]);
  expect([...part.people.keys()]).toEqual(['ada', 'rhys', 'omar', 'gil']);
  expect([...part.following.get('ada')!]).toEqual(['omar']);
});

for (const [kind, people] of [
  ['mutual', ['ada', 'rhys', 'omar', 'gil']],
  ['followers', ['ada', 'yeva', 'omar', 'gil']],
  ['followed', ['ada', 'rhys', 'yeva', 'gil']],
  ['others', ['ada', 'rhys', 'yeva', 'omar']],
] as const) {
  test(`leaves out the kind ${kind}`, () => {
    expect([...shown([off(kind)]).people.keys()]).toEqual(people);
  });
}

test('the middle and the people of a path are never left out', () => {
  const part = shown([off('others'), off('followed'), { do: 'hide', username: 'ada' }], ['gil', 'omar']);
  expect([...part.people.keys()]).toEqual(['ada', 'rhys', 'yeva', 'omar', 'gil']);
});

test('shows the graph as of a day, in which a mutual follow can be one-way', () => {
  const part = shown([{ do: 'until', day: '2026-05-01' }]);
  expect([...part.people.keys()]).toEqual(['ada', 'yeva', 'omar', 'gil']); // the date of gil's follow is not known
  expect(relationOf(part, 'yeva', 'ada')).toBe('follower');
  expect([...shown([{ do: 'until', day: '2026-05-02' }]).people.keys()]).toEqual(['ada', 'yeva', 'omar', 'gil']);
  expect(shown([{ do: 'until', day: '2026-05-03' }]).people.size).toBe(5);
});

test('finds the days of the follows, and counts those without a day', () => {
  expect(daysOf(graph)).toEqual({ days: ['2026-05-01', '2026-05-02', '2026-05-03'], unknown: 1 });
  expect(daysOf(begin(person('ada')))).toEqual({ days: [], unknown: 0 });
});

test('the numbers of the people add up', () => {
  const text = peopleInWords(graph).replaceAll(/[\u2068\u2069]/g, '');
  expect(text).toBe('5 people: ada, 1 mutual follow, 1 other follower, 1 other followed and 1 further person');
  expect(peopleInWords(begin(person('ada'))).replaceAll(/[\u2068\u2069]/g, '')).toBe('1 person: ada');
  const mutual = page('ada', 'followers', [person('yeva')], { source: 'mutual', total: 31 });
  const counted = withPage(begin(person('ada')), mutual);
  expect(totalsInWords(counted, 'ada').replaceAll(/[\u2068\u2069]/g, '')).toBe(
    'ada has 10 followers and follows 10 people; 31 follows are mutual.',
  );
  const gone = withPage(counted, page('ada', 'followers', [], { withoutAccount: 1 }));
  expect(totalsInWords(gone, 'ada')).toContain(' 1 of them without an account is not shown.');
});

test('finds people by words of their name in any order', () => {
  const people = [
    person('zoe_k', { firstname: 'Zoë', lastname: 'Kravets' }),
    person('rhys2192', { firstname: 'Rhys', lastname: 'Jones', stats: { __typename: 'UserFollowStats', followersCount: 99, followingsCount: 0 } }),
    person('rhys', { firstname: null, lastname: null }),
    person('x7', { firstname: '🎉' }),
    person('soren', { firstname: 'Søren' }),
  ];
  const some = withPage(begin(person('ada')), page('ada', 'followers', people));
  const found = (text: string) => foundIn(some, text).map(({ id }) => id);
  expect(found('kravets zoe')).toEqual(['zoe_k']);
  expect(found('@RHYS')).toEqual(['rhys', 'rhys2192']);
  expect(found('rhy')).toEqual(['rhys2192', 'rhys']);
  expect(found('🎉')).toEqual(['x7']);
  expect(found('SOREN søren')).toEqual(['soren']);
  expect(found('jon')).toEqual(['rhys2192']);
  expect(found('hys')).toEqual([]);
  expect(found(' ')).toEqual([]);
});
