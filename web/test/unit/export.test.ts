import { expect, test } from '@playwright/test';
import { parse, validate, buildSchema } from 'graphql';
import { readFileSync } from 'node:fs';

import { fileNameOf, followsCsvOf, jsonOf, peopleCsvOf } from '../../explorer/drawing/export.ts';
import { begin, withFollows, withPage } from '../../explorer/drawing/graph.ts';
import { BEGINNING, planAfter, type Action } from '../../explorer/drawing/plan.ts';
import { requestOf, portionsOf, sizeOf } from '../../explorer/drawing/portion.ts';
import { drawnQueryOf, parametersOf } from '../../explorer/drawing/query.ts';
import { names, neighbourhood, page, person } from './people.ts';

test('CSV quotes names, and no name can be a formula', () => {
  const dangerous = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1'];
  const people = dangerous.map((text, i) => person(`user${i}`, { username: text, firstname: text }));
  const quoted = person('quoted', { firstname: 'A "B", C\r\nD' });
  const graph = withPage(begin(person('ada')), page('ada', 'followers', [...people, quoted]));
  expect(peopleCsvOf(graph)).toBe(
    [
      '\ufeffusername,name,followers,following',
      'ada,ada,10,10',
      ...dangerous.map((text) => `'${text},'${text.trim()},10,10`), // a name is shown without spaces around it
      'quoted,"A ""B"", C\r\nD",10,10',
      '',
    ].join('\r\n'),
  );
});

test('the follows are an edge list with dates, in CSV and JSON', () => {
  const graph = withFollows(neighbourhood(['rhys'], []), [
    { followerId: 'rhys', followingId: 'ada', followedAt: '2026-05-01T00:00:00Z' },
    { followerId: 'ada', followingId: 'rhys' },
  ]);
  const all = { oneWay: true, mutual: true };
  expect(followsCsvOf(graph, all)).toBe('follower,following,followed_at\r\nrhys,ada,2026-05-01T00:00:00Z\r\nada,rhys,\r\n');
  expect(followsCsvOf(graph, { oneWay: true, mutual: false })).toBe('follower,following,followed_at\r\n');
  expect(JSON.parse(jsonOf(graph, all))).toEqual({
    middle: 'ada',
    people: ['ada', 'rhys'].map((name) => ({ username: name, name, followersCount: 10, followingsCount: 10 })),
    follows: [
      { follower: 'rhys', following: 'ada', followedAt: '2026-05-01T00:00:00Z' },
      { follower: 'ada', following: 'rhys', followedAt: null },
    ],
  });
});

test('the name of a file has no characters with a meaning in paths', () => {
  expect(fileNameOf('../a b:c', 'png')).toBe('followgraph-..-a-b-c.png');
  expect(fileNameOf('ada', 'people.csv')).toBe('followgraph-ada-people.csv');
});

const schema = buildSchema(readFileSync('../schema.graphqls', 'utf8'));

for (const rank of ['top', 'newest'] as const) {
  test(`the query of a drawing is valid and gets what is drawn: ${rank}`, () => {
    const graph = neighbourhood(names(150, 'user'), []);
    const actions: Action[] = [
      { do: 'rank', rank },
      { do: 'expand', username: 'user1' },
      { do: 'expand', username: 'a"b\\' },
      { do: 'expand', username: 'user1' },
    ];
    const { query, variables } = drawnQueryOf(graph, actions.reduce(planAfter, BEGINNING));
    expect(validate(schema, parse(query))).toEqual([]);
    expect(variables).toEqual({
      username: 'ada',
      username2: 'user1',
      username3: 'a"b\\',
      ids: [...graph.people.keys()].slice(0, 100),
    });
    expect(query).toContain('# The follows are those among the first 100 of 151 people.');
    const parameters = new URLSearchParams(parametersOf({ query, variables }));
    expect(parameters.get('query')).toBe(query);
    expect(JSON.parse(parameters.get('variables')!)).toEqual(variables);
  });

  test(`the address of a query is not too long for proxies: ${rank}`, () => {
    const people = names(150, '0123456789-0123456789-0123456789-01234567890-');
    const graph = neighbourhood(people, []);
    const plan = people.slice(0, 30).reduce((plan, username) => planAfter(plan, { do: 'expand', username }), planAfter(BEGINNING, { do: 'rank', rank }));
    const drawn = drawnQueryOf(graph, plan);
    expect(validate(schema, parse(drawn.query))).toEqual([]);
    expect(parametersOf(drawn).length).toBeLessThanOrEqual(7900);
    expect((drawn.variables['ids'] as string[]).length).toBeGreaterThan(15);
    expect(drawn.query).toContain('# The graph has 31 expanded people: these are the first 20.');
  });

  test(`the portions of a person get larger, up to pages of 100: ${rank}`, () => {
    const portions = portionsOf('ada', names(6, 'x').map(() => 'rhys'), rank);
    expect(portions.map(({ index, isMiddle }) => [index, isMiddle])).toEqual([
      [0, true],
      ...names(6, 'x').map((_, i) => [i, false]),
    ]);
    const sizes = portions.slice(1).map(sizeOf);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    for (const portion of portions) expect(requestOf(portion).first).toBeLessThanOrEqual(100);
  });
}
