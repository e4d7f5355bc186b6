import { expect, test } from '@playwright/test';

import { boundedQueryOf, MOST_CHARACTERS, othersIn, planOf, queryOf } from '../../explorer/drawing/address.ts';
import { beginHistory, historyAfter, type HistoryAction } from '../../explorer/drawing/history.ts';
import { BEGINNING, planAfter, type Action, type Plan } from '../../explorer/drawing/plan.ts';
import { names } from './people.ts';

function planFrom(actions: Action[], plan: Plan = BEGINNING): Plan {
  return actions.reduce(planAfter, plan);
}

function historyFrom(actions: HistoryAction[]) {
  return actions.reduce(historyAfter, beginHistory({ plan: BEGINNING, entry: 0 }));
}

const expand = (username: string): Action => ({ do: 'expand', username });
const hide = (username: string): Action => ({ do: 'hide', username });

test('an expansion is added for each portion, and removed as a whole', () => {
  const plan = planFrom([expand('rhys'), expand('yeva'), expand('rhys'), { do: 'find path', from: 'ada', to: 'omar' }]);
  expect(plan.expanded).toEqual(['rhys', 'yeva', 'rhys']);
  expect(plan.path).toEqual({ from: 'ada', to: 'omar', after: 3 });
  const collapsed = planAfter(plan, { do: 'collapse', username: 'rhys' });
  expect(collapsed.expanded).toEqual(['yeva']);
  expect(collapsed.path!.after).toBe(1);
});

test('people are hidden once and shown again', () => {
  const plan = planFrom([hide('rhys'), hide('rhys'), hide('yeva')]);
  expect(plan.hidden).toEqual(['rhys', 'yeva']);
  expect(planAfter(plan, { do: 'show', username: 'rhys' }).hidden).toEqual(['yeva']);
  expect(planAfter(plan, { do: 'show all' }).hidden).toEqual([]);
});

test('kinds are switched off and on', () => {
  const off = planFrom([{ do: 'switch', kind: 'mutual', isOn: false }]);
  expect([...off.off]).toEqual(['mutual']);
  expect([...planAfter(off, { do: 'switch', kind: 'mutual', isOn: true }).off]).toEqual([]);
});

test('undo takes back expansions, hidden people, moves and paths, and redo repeats them', () => {
  const steps: Action[] = [
    expand('rhys'),
    hide('yeva'),
    { do: 'move', username: 'rhys', to: { x: 1.4, y: -2.6 } },
    { do: 'collapse', username: 'rhys' },
    { do: 'rank', rank: 'newest' },
    { do: 'find path', from: 'ada', to: 'omar' },
  ];
  const plans = steps.map((_, i) => planFrom(steps.slice(0, i + 1)));
  let history = historyFrom(steps);
  for (const plan of [...plans.slice(0, -1).toReversed(), BEGINNING]) {
    history = historyAfter(history, { do: 'undo' });
    expect(history.plan).toEqual(plan);
  }
  expect(historyAfter(history, { do: 'undo' })).toBe(history);
  for (const plan of plans) {
    history = historyAfter(history, { do: 'redo' });
    expect(history.plan).toEqual(plan);
  }
  expect(historyAfter(history, { do: 'redo' })).toBe(history);
});

test('undo keeps the colours, the filters and the day', () => {
  const history = historyFrom([
    expand('rhys'),
    { do: 'colour', colouring: 'community' },
    { do: 'switch', kind: 'others', isOn: false },
    { do: 'until', day: '2026-05-31' },
    { do: 'undo' },
  ]);
  const { expanded, colouring, off, until } = history.plan;
  expect({ expanded, colouring, off: [...off], until }).toEqual({
    expanded: [],
    colouring: 'community',
    off: ['others'],
    until: '2026-05-31',
  });
  expect(history.past).toEqual([]);
});

test('each step has an entry in the history of the tab, in which Back and Forward are undo and redo', () => {
  const steps: Action[] = [expand('rhys'), { do: 'move', username: 'rhys', to: { x: 1, y: 2 } }, { do: 'colour', colouring: 'community' }, hide('yeva')];
  const history = historyFrom(steps);
  expect(history.entry).toBe(2);
  const moved = planFrom(steps.slice(0, 3));
  const back = historyAfter(history, { do: 'restore', plan: moved, entry: 1 });
  expect(back).toEqual({ plan: moved, entry: 1, past: history.past.slice(0, -1), future: [{ plan: history.plan, entry: 2 }] });
  expect(historyAfter(back, { do: 'restore', plan: history.plan, entry: 2 })).toEqual(history);
  expect(historyAfter(back, { do: 'undo' }).entry).toBe(1); // a move has no entry
  const { past, future } = historyAfter(history, { do: 'restore', plan: BEGINNING, entry: 0 });
  expect([past, future]).toEqual([[], []]);
});

test('the address is short and readable, and restores the plan', () => {
  expect(queryOf(BEGINNING)).toBe('');
  expect(planOf('', 'ada')).toEqual(BEGINNING);
  const plan = planFrom([
    expand('rhys'),
    expand('ada'),
    expand('ada'),
    { do: 'find path', from: 'ada', to: 'omar' },
    expand('omar'),
    hide('yeva'),
    { do: 'move', username: 'rhys', to: { x: 12, y: -340 } },
    { do: 'rank', rank: 'newest' },
    { do: 'colour', colouring: 'community' },
    { do: 'switch', kind: 'one-way', isOn: false },
    { do: 'until', day: '2026-05-31' },
  ]);
  const query = queryOf(plan);
  expect(query).toBe(
    'expand=rhys,ada:2,omar&hide=yeva&move=rhys:12:-340&path=ada,omar:3&by=newest&colours=community&off=one-way&until=2026-05-31',
  );
  expect(planOf(`?${query}`, 'ada')).toEqual(plan);
});

test('the people of a moved person are placed around the place at the time', () => {
  const move = (x: number): Action => ({ do: 'move', username: 'rhys', to: { x, y: -7 } });
  const plan = planFrom([move(40), expand('rhys'), move(90), expand('rhys'), expand('yeva'), expand('rhys')]);
  expect(Object.fromEntries(plan.anchors)).toEqual({ rhys: { x: 40, y: -7 } });
  expect(queryOf(plan)).toBe('expand=rhys:2:40:-7,yeva,rhys&move=rhys:90:-7');
  expect(planOf(queryOf(plan), 'ada')).toEqual(plan);
  expect(planAfter(plan, { do: 'collapse', username: 'rhys' }).anchors.size).toBe(0);
});

test('the address restores names with any characters', () => {
  const strange = ['a,b:2', 'x&y=z', '100%', 'Ünï code', 'ada/rhys?#', '++', '(*~!)'];
  const plan = planFrom([
    ...strange.map(expand),
    ...strange.map(hide),
    ...strange.map((username): Action => ({ do: 'move', username, to: { x: 1, y: 2 } })),
    { do: 'find path', from: strange[0]!, to: strange[1]! },
  ]);
  const { search } = new URL(`http://host/users/ada?${queryOf(plan)}`);
  expect(planOf(search, 'ada')).toEqual(plan);
});

test('an address that is not valid is read as far as possible', () => {
  const plan = planOf('?expand=%E0%A4%A,rhys:x,yeva:-1,:3,,&move=rhys:1,yeva:a:b,omar:9999999:1&path=&off=all&until=today&by=me', 'ada');
  expect(plan).toEqual({ ...BEGINNING, expanded: ['rhys', 'yeva'] });
  expect(planOf('?expand=ada:999', 'ada').expanded).toHaveLength(200);
  expect(planOf('?until=2026-13-45', 'ada').until).toBeUndefined();
});

test('a path with one name begins at the person in the middle', () => {
  expect(planOf('?path=omar', 'ada').path).toEqual({ from: 'ada', to: 'omar', after: 0 });
  expect(planOf('?path=rhys,omar,yeva', 'ada').path).toBeUndefined();
});

test('other parameters of the address stay', () => {
  expect(othersIn('?expand=rhys&q=a%20b&until=2026-01-01&flag')).toBe('q=a%20b&flag');
});

test('a long address leaves out moves, then hidden people, then the newest expansions', () => {
  const moved = names(400, 'user').map((username): Action => ({ do: 'move', username, to: { x: 100, y: 100 } }));
  const plan = planFrom([expand('rhys'), hide('yeva'), ...moved]);
  const { query, isWhole } = boundedQueryOf(plan);
  expect(isWhole).toBe(false);
  expect(query.length).toBeLessThanOrEqual(MOST_CHARACTERS);
  expect(query.length).toBeGreaterThan(MOST_CHARACTERS - 40);
  const read = planOf(query, 'ada');
  expect([read.expanded, read.hidden]).toEqual([['rhys'], ['yeva']]);
  expect([...read.moved.keys()]).toEqual([...plan.moved.keys()].slice(-read.moved.size));

  const many = planFrom([...names(180, 'a-long-username-of-a-person').map(expand), hide('yeva')]);
  const shortened = planOf(boundedQueryOf(many).query, 'ada');
  expect(shortened.expanded).toEqual(many.expanded.slice(0, shortened.expanded.length));
  expect(shortened.hidden).toEqual([]);
  expect(boundedQueryOf(planFrom([expand('rhys')]))).toEqual({ query: 'expand=rhys', isWhole: true });
});
