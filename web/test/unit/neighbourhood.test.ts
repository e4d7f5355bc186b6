import { expect, test } from '@playwright/test';
import { CombinedError, type Client, type OperationResult, type TypedDocumentNode } from 'urql';

import { follows } from '../../explorer/drawing/graph.ts';
import { BEGINNING, planAfter, type Action } from '../../explorer/drawing/plan.ts';
import { Neighbourhood, NOTHING } from '../../explorer/drawing/neighbourhood.ts';
import { calledIn, unknownInWords } from '../../explorer/drawing/words.ts';
import { names, person } from './people.ts';

type Result = Partial<Pick<OperationResult, 'data' | 'error'>>;

interface Variables {
  username?: string;
  afterFollower?: string | null;
  followerIds?: string[];
  followingIds?: string[];
  ids?: string[];
  fromId?: string;
  toId?: string;
}

/** The client of a caller. The test answers its requests. */
class Caller {
  readonly #asked = new Map<string, (result: Result) => void>();

  query({ definitions }: TypedDocumentNode, variables: Variables) {
    const { username, afterFollower, followerIds, followingIds, fromId, toId } = variables;
    const [definition] = definitions;
    const name = definition?.kind === 'OperationDefinition' ? definition.name!.value : '';
    const ids = variables.ids ?? [...new Set([followerIds?.join() ?? fromId, followingIds?.join() ?? toId])];
    const question = [name, username ?? ids.join('>'), ...(afterFollower ? [afterFollower] : [])].join(' ');
    return {
      subscribe: (next: (result: Result) => void) => {
        this.#asked.set(question, next);
        return { unsubscribe: () => this.#asked.delete(question) };
      },
    };
  }

  /** The active requests: the names of documents, and whose lists or follows. */
  get asked(): string[] {
    return [...this.#asked.keys()];
  }

  answer(question: string, data: unknown): void {
    this.#asked.get(question)!({ data });
  }

  refuse(question: string): void {
    this.#asked.get(question)!({ error: new CombinedError({ graphQLErrors: ['no'] }) });
  }
}

const ada = person('ada');
const rhys = person('rhys');
const yeva = person('yeva');

interface Lists {
  followers?: object[];
  following?: object[];
  next?: string;
}

/** A page of both lists of a user. */
function around(id: string, { followers = [], following = [], next }: Lists) {
  const list = (people: object[]) => ({
    edges: people.map((node) => ({ followedAt: '2026-05-01T00:00:00Z', node })),
    pageInfo: { hasNextPage: next !== undefined, endCursor: next ?? null },
  });
  return { user: { id, followers: list(followers), following: list(following) } };
}

/** A neighbourhood of ada that is opened for several callers, one after the other. */
function opened(...actions: Action[]) {
  const seen = { state: NOTHING, said: '' };
  let plan = [{ do: 'rank', rank: 'newest' } as Action, ...actions].reduce(planAfter, BEGINNING);
  const neighbourhood = new Neighbourhood(
    'ada',
    { changed: (state) => (seen.state = state), said: (sentence) => (seen.said = sentence) },
    plan,
  );
  const change = (action: Action) => neighbourhood.follow((plan = planAfter(plan, action)));
  const expand = (username: string) => change({ do: 'expand', username });
  const open = (caller: Caller, viewer?: string) => neighbourhood.open(caller as unknown as Client, viewer);
  const drawn = () => [...seen.state.graph!.people.keys()];
  return { neighbourhood, seen, change, expand, open, drawn };
}

/** Returns the profile and the lists of ada to a caller. */
function answerAda(caller: Caller, lists: Lists): void {
  caller.answer('Profile ada', { user: ada });
  caller.answer('Around ada', around('ada', lists));
}

test('requests the person and the lists at the same time, and takes them in any order', () => {
  const { seen, open, drawn } = opened();
  const caller = new Caller();
  open(caller);
  expect(caller.asked).toEqual(['Profile ada', 'Around ada']);
  caller.answer('Around ada', around('ada', { followers: [rhys], following: [yeva] }));
  expect(seen.state.graph).toBeUndefined();
  caller.answer('Profile ada', { user: ada });
  expect(drawn()).toEqual(['ada', 'rhys', 'yeva']);
});

test('keeps the people for another caller and requests their relations again', () => {
  const { seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: { ...ada, viewerIsFollowing: true } });
  first.answer('Around ada', around('ada', { followers: [{ ...rhys, isViewer: true }], following: [rhys] }));
  first.answer('FollowsAmong ada,rhys', { follows: [] });
  const { round } = seen.state;

  open(second);
  expect(first.asked).toEqual([]);
  expect(second.asked).toEqual(['Profile ada', 'Around ada']);
  expect(drawn()).toEqual(['ada', 'rhys']);
  for (const known of seen.state.graph!.people.values()) expect(Object.keys(known).join()).not.toMatch(/viewer/i);

  answerAda(second, { followers: [rhys], following: [rhys] });
  expect(seen.state.graph!.people.get('rhys')).toEqual(rhys);
  expect(seen.state.round).toBe(round); // no person moves
});

test('repeats pending and rejected requests for another caller', () => {
  const { seen, open, drawn } = opened();
  const [first, second, third] = [new Caller(), new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: ada });
  open(second);
  expect(second.asked).toEqual(['Profile ada', 'Around ada']);
  second.refuse('Around ada');
  expect(seen.state.fault).toBeDefined();
  expect([...seen.state.loading]).toEqual([]);
  open(third);
  expect(third.asked).toEqual(['Profile ada', 'FollowsAmong ada', 'Around ada']);
  expect(seen.state.fault).toBeUndefined();
  expect([...seen.state.loading]).toEqual(['ada']);
  third.answer('Around ada', around('ada', { followers: [yeva] }));
  expect(drawn()).toEqual(['ada', 'yeva']);
  expect([...seen.state.loading]).toEqual([]);
});

test('reports and retries failed requests for another caller', () => {
  const { neighbourhood, seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  answerAda(first, { followers: [rhys] });
  first.answer('FollowsAmong ada,rhys', { follows: [] });

  open(second);
  second.refuse('Around ada');
  expect(seen.state.fault).toBeDefined();
  expect(drawn()).toEqual(['ada', 'rhys']); // the drawing stays
  expect(second.asked).not.toContain('Around ada');
  neighbourhood.retry();
  expect(seen.state.fault).toBeUndefined();
  second.answer('Around ada', around('ada', { followers: [rhys] }));
  expect(seen.state.graph!.people.get('rhys')).toEqual(rhys);

  second.refuse('Around ada'); // the cache changed and its request failed
  expect(seen.state.fault).toBeUndefined();
});

test('repeats pending requests for follows for another caller', () => {
  const { seen, open } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  answerAda(first, { followers: [rhys, yeva] });
  const { round } = seen.state;
  expect(first.asked).toContain('FollowsAmong ada,rhys,yeva');
  expect([...seen.state.loose]).toEqual(['rhys', 'yeva']);

  open(second);
  expect(first.asked).toEqual([]);
  second.answer('FollowsAmong ada,rhys,yeva', { follows: [{ followerId: 'rhys', followingId: 'yeva' }] });
  expect(follows(seen.state.graph!, 'rhys', 'yeva')).toBe(true);
  expect(seen.state.round).toBe(round + 1);
  expect(second.asked).not.toContain('FollowsAmong ada,rhys,yeva');
});

test('limits concurrent refreshes, and runs urgent requests immediately', () => {
  const { expand, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  answerAda(first, { followers: names(4, 'user').map((name) => person(name)) });
  first.answer('FollowsAmong ada,user0,user1,user2,user3', { follows: [] });
  for (const username of names(3, 'user')) {
    expand(username);
    first.answer(`Around ${username}`, around(username, { followers: [ada] }));
  }
  open(second);
  expect(second.asked).toEqual(['Profile ada', 'Around ada', 'Around user0', 'Around user1']);
  expand('user3');
  expect(second.asked.at(-1)).toBe('Around user3');
  second.answer('Around user3', around('user3', { followers: [person('omar')] }));
  expect(drawn()).toEqual(['ada', 'user0', 'user1', 'user2', 'user3', 'omar']);
  expect(second.asked).not.toContain('Around user2');
  second.answer('Around user0', around('user0', { followers: [ada] }));
  expect(second.asked).toContain('Around user2');
});

test('the graph depends on the order of the plan, not of the answers', () => {
  const graphAfter = (order: string[]) => {
    const { seen, expand, open } = opened();
    const caller = new Caller();
    open(caller);
    answerAda(caller, { followers: [rhys], following: [yeva] });
    expand('rhys');
    expand('yeva');
    const lists: Record<string, Lists> = {
      rhys: { followers: [person('omar'), person('gil')] },
      yeva: { followers: [person('gil'), person('hana')] },
    };
    for (const username of order) caller.answer(`Around ${username}`, around(username, lists[username]!));
    return seen.state.graph!;
  };
  const [one, other] = [graphAfter(['rhys', 'yeva']), graphAfter(['yeva', 'rhys'])];
  expect([...one.people.keys()]).toEqual(['ada', 'rhys', 'yeva', 'omar', 'gil', 'hana']);
  expect(other).toEqual(one);
  expect(one.steps.map(({ of, people }) => [of, ...people])).toEqual([
    ['ada', 'rhys', 'yeva'],
    ['rhys', 'omar', 'gil'],
    ['yeva', 'hana'],
  ]);
});

test('a plan from an address gives the same graph as its steps', () => {
  const lists: Record<string, Lists> = { ada: { followers: [rhys] }, rhys: { followers: [yeva], next: 'c1' } };
  const answer = (caller: Caller) => {
    for (const question of caller.asked.filter((each) => each.startsWith('Around'))) {
      const [, username, cursor] = question.split(' ');
      caller.answer(question, around(username!, cursor ? { followers: [person('omar')] } : lists[username!]!));
    }
  };
  const stepwise = opened();
  const caller = new Caller();
  stepwise.open(caller);
  caller.answer('Profile ada', { user: ada });
  answer(caller);
  for (let i = 0; i < 2; i++) {
    stepwise.expand('rhys');
    caller.answer(caller.asked.find((each) => each.startsWith('Around rhys') && (i === 0) === !each.includes('c1'))!, i === 0 ? around('rhys', lists['rhys']!) : around('rhys', { followers: [person('omar')] }));
  }

  const restored = opened({ do: 'expand', username: 'rhys' }, { do: 'expand', username: 'rhys' });
  const other = new Caller();
  restored.open(other);
  expect(other.asked).toEqual(['Profile ada', 'Around ada', 'Around rhys']); // at the same time
  other.answer('Profile ada', { user: ada });
  answer(other);
  expect(other.asked).toContain('Around rhys c1');
  other.answer('Around rhys c1', around('rhys', { followers: [person('omar')] }));
  expect(restored.drawn()).toEqual(['ada', 'rhys', 'yeva', 'omar']);
  expect(restored.seen.state.graph).toEqual(stepwise.seen.state.graph);
});

test('undo removes people, and redo adds them again', () => {
  const { seen, change, expand, open, drawn } = opened();
  const caller = new Caller();
  open(caller);
  answerAda(caller, { followers: [rhys] });
  expand('rhys');
  caller.answer('Around rhys', around('rhys', { followers: [yeva] }));
  expand('yeva');
  caller.answer('Around yeva', around('yeva', { followers: [person('omar')] }));
  expect(drawn()).toEqual(['ada', 'rhys', 'yeva', 'omar']);
  const { round } = seen.state;
  change({ do: 'collapse', username: 'rhys' });
  expect(drawn()).toEqual(['ada', 'rhys']); // yeva was only in the list of rhys
  expect(seen.state.round).toBeGreaterThan(round);
  expect(caller.asked).not.toContain('Around rhys');
});

test('a path is found in the whole graph, and its people are added', () => {
  const { seen, change, open, drawn } = opened();
  const caller = new Caller();
  open(caller);
  answerAda(caller, { followers: [rhys] });
  change({ do: 'find path', from: 'rhys', to: 'omar' });
  expect(caller.asked).toContain('Profile omar'); // not drawn
  caller.answer('Profile omar', { user: person('omar') });
  expect(seen.state.path!.status).toBe('LOADING');
  const users = [rhys, yeva, person('omar')];
  caller.answer('ShortestPath rhys>omar', { shortestPath: { status: 'FOUND', users } });
  expect(drawn()).toEqual(['ada', 'rhys', 'yeva', 'omar']);
  expect(seen.state.graph!.steps.at(-1)!.path).toEqual(['rhys', 'yeva', 'omar']);
  change({ do: 'close path' });
  expect(drawn()).toEqual(['ada', 'rhys']);
  expect(seen.state.path).toBeUndefined();

  for (const status of ['NONE', 'LIMIT_REACHED'] as const) {
    change({ do: 'find path', from: status, to: 'ada' });
    caller.answer(`Profile ${status}`, { user: person(status) });
    caller.answer(`ShortestPath ${status}>ada`, { shortestPath: { status, users: [] } });
    expect(seen.state.path!.status).toBe(status);
    expect(drawn()).toEqual(['ada', 'rhys']);
  }
  change({ do: 'find path', from: 'ada', to: 'gone' });
  caller.answer('Profile gone', { user: null });
  expect(seen.state.path!.status).toBe('MISSING');
});

test('a failed path can be tried again', () => {
  const { neighbourhood, seen, change, open } = opened();
  const caller = new Caller();
  open(caller);
  answerAda(caller, { followers: [rhys] });
  change({ do: 'find path', from: 'ada', to: 'rhys' });
  caller.refuse('ShortestPath ada>rhys');
  expect([seen.state.path!.status, seen.state.fault !== undefined]).toEqual(['FAILED', true]);
  neighbourhood.retry();
  caller.answer('ShortestPath ada>rhys', { shortestPath: { status: 'FOUND', users: [ada, rhys] } });
  expect([seen.state.path!.status, seen.state.fault]).toEqual(['FOUND', undefined]);
});

test('requests the lists of followed people instead of every pair in a large drawing', () => {
  const { seen, expand, open } = opened();
  const caller = new Caller();
  open(caller);
  answerAda(caller, { followers: names(400, 'user').map((name) => person(name)) });
  expect(caller.asked.filter((each) => each.startsWith('Follows'))).toHaveLength(3); // of 25 blocks, three at once
  while (caller.asked.some((each) => each.startsWith('Follows'))) {
    caller.answer(caller.asked.find((each) => each.startsWith('Follows'))!, { follows: [] });
  }
  expand('user0');
  caller.answer('Around user0', around('user0', { followers: names(800, 'other').map((name) => person(name)) }));
  let requests = 0;
  for (let question; (question = caller.asked.find((each) => each.startsWith('FollowsOf'))); requests++) {
    const nodes = question.slice('FollowsOf '.length).split('>').map((id) => ({
      __typename: 'User',
      id,
      following: {
        edges: [{ followedAt: '2026-05-01T00:00:00Z', node: { id: 'other7' } }, { followedAt: '', node: null }],
        pageInfo: { hasNextPage: id === 'user3' },
      },
    }));
    caller.answer(question, { nodes });
  }
  expect(requests).toBe(Math.ceil(1201 / 50));
  expect(follows(seen.state.graph!, 'user9', 'other7')).toBe(true);
  expect([...seen.state.unfinished]).toEqual(['user3']);
  expect(seen.state.isJoining).toBe(false);
});

test('keeps the people whose follow ended', () => {
  const { seen, open, drawn } = opened();
  const caller = new Caller();
  open(caller);
  answerAda(caller, { followers: [rhys, yeva] });
  for (let i = 0; i < 2; i++) caller.answer('Around ada', around('ada', { followers: [yeva] })); // the cache changed
  expect(drawn().toSorted()).toEqual(['ada', 'rhys', 'yeva']);
  expect(follows(seen.state.graph!, 'rhys', 'ada')).toBe(false);
  caller.answer('Around ada', around('ada', { followers: [rhys, yeva] }));
  expect(follows(seen.state.graph!, 'rhys', 'ada')).toBe(true);
});

test('draws a person whose account was missing before', () => {
  const { seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: null });
  expect(seen.state.isMissing).toBe(true);
  open(second);
  second.answer('Profile ada', { user: ada });
  expect(seen.state.isMissing).toBe(false);
  second.answer('Around ada', around('ada', {}));
  expect(drawn()).toEqual(['ada']);
});

test('lists the usernames of a link that no user has', () => {
  const { seen, open, drawn } = opened({ do: 'expand', username: 'rhys' }, { do: 'expand', username: 'ghost' });
  const caller = new Caller();
  open(caller);
  answerAda(caller, { followers: [rhys] });
  caller.answer('Around rhys', around('rhys', {}));
  expect(seen.state.unknown).toEqual([]); // still loading
  caller.answer('Around ghost', { user: null });
  expect(seen.state.unknown).toEqual(['ghost']);
  expect(drawn()).toEqual(['ada', 'rhys']);
  expect(unknownInWords(['a', 'b', 'c', 'd', 'e'])).toBe('Users not found: \u2068@a\u2069, \u2068@b\u2069, \u2068@c\u2069 and 2 others.');
  expect(unknownInWords(['m'.repeat(400)])).toBe(`User not found: \u2068@${'m'.repeat(59)}…\u2069.`);
});

test('cuts a very long name in sentences', () => {
  const { seen, open } = opened();
  const caller = new Caller();
  open(caller);
  caller.answer('Profile ada', { user: { ...ada, firstname: 'L'.repeat(400) } });
  caller.answer('Around ada', around('ada', {}));
  expect(calledIn(seen.state.graph!, 'ada')).toBe(`\u2068${'L'.repeat(60)}…\u2069`);
});
