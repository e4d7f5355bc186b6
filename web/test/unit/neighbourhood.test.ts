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

/** An answer with the positions of followed people by the index of the follower. From `end` on, it lacks the lists. */
function adjacency(count: number, lists: Record<number, number[]> = {}, end = count) {
  const following = Array.from({ length: count }, (_, i) => (i < end ? (lists[i] ?? []) : null));
  return { adjacency: { following, followedAt: following.map((list) => list?.map(() => '2026-05-01T00:00:00Z') ?? null) } };
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

test('shows the person alone only if the lists take longer than a moment', async () => {
  const { seen, open, drawn } = opened();
  const caller = new Caller();
  open(caller);
  caller.answer('Profile ada', { user: ada });
  expect(seen.state.graph).toBeUndefined();
  await expect.poll(() => seen.state.graph && drawn()).toEqual(['ada']);
  caller.answer('Around ada', around('ada', { followers: [rhys] }));
  expect(drawn()).toEqual(['ada', 'rhys']);
});

test('keeps the people for another caller and requests their relations again', () => {
  const { seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: { ...ada, viewerIsFollowing: true } });
  first.answer('Around ada', around('ada', { followers: [{ ...rhys, isViewer: true }], following: [rhys] }));
  first.answer('Adjacency ada,rhys', adjacency(2));
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
  expect(third.asked).toEqual(['Profile ada', 'Adjacency ada', 'Around ada']);
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
  first.answer('Adjacency ada,rhys', adjacency(2));

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
  const { seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  answerAda(first, { followers: [rhys, yeva] });
  const { round } = seen.state;
  expect(first.asked).toContain('Adjacency ada,rhys,yeva');
  expect(drawn()).toEqual(['ada', 'rhys', 'yeva']);

  open(second);
  expect(first.asked).toEqual([]);
  second.answer('Adjacency ada,rhys,yeva', adjacency(3, { 1: [2] }));
  expect(follows(seen.state.graph!, 'rhys', 'yeva')).toBe(true);
  expect(seen.state.round).toBe(round + 1);
  expect(second.asked).not.toContain('Adjacency ada,rhys,yeva');
});

test('limits concurrent refreshes, and runs urgent requests immediately', () => {
  const { expand, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  answerAda(first, { followers: names(4, 'user').map((name) => person(name)) });
  first.answer('Adjacency ada,user0,user1,user2,user3', adjacency(5));
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

test('requests the follows of thousands of people in a few requests, and what an answer lacks again', () => {
  const { seen, expand, open } = opened();
  const caller = new Caller();
  open(caller);
  answerAda(caller, { followers: names(400, 'user').map((name) => person(name)) });
  const first = ['ada', ...names(400, 'user')];
  const question = (ids: readonly string[], all: readonly string[]) => `Adjacency ${[...new Set([ids.join(), all.join()])].join('>')}`;
  expect(caller.asked.filter((each) => each.startsWith('Adjacency'))).toEqual([question(first, first)]);
  // The lists of user9 and all people after are not in the answer.
  caller.answer(question(first, first), adjacency(401, { 5: [7] }, 10));
  expect(seen.state.isJoining).toBe(true);
  caller.answer(question(first.slice(10), first), adjacency(391, { 0: [1] }));
  expect(seen.state.isJoining).toBe(false);
  expect([follows(seen.state.graph!, 'user4', 'user6'), follows(seen.state.graph!, 'user9', 'user0')]).toEqual([true, true]);

  expand('user0');
  caller.answer('Around user0', around('user0', { followers: names(800, 'other').map((name) => person(name)) }));
  const fresh = names(800, 'other');
  caller.answer(question(fresh, [...fresh, ...first]), adjacency(800, { 3: [800] }));
  caller.answer(question(first, fresh), adjacency(401, { 10: [7] }));
  expect(caller.asked.filter((each) => each.startsWith('Adjacency'))).toEqual([]);
  expect([follows(seen.state.graph!, 'other3', 'ada'), follows(seen.state.graph!, 'user9', 'other7')]).toEqual([true, true]);
  expect(seen.state.missing.size).toBe(0);
});

test('loads a bounded number of follows, and says whose are missing', () => {
  const { seen, open } = opened();
  const caller = new Caller();
  open(caller);
  answerAda(caller, { followers: names(600, 'user').map((name) => person(name)) });
  const everyone = Array.from({ length: 601 }, (_, i) => i);
  const list = [...everyone, ...everyone]; // as long as the lists of twice as many people
  for (let question, left = 601; (question = caller.asked.find((each) => each.startsWith('Adjacency'))); left -= 80) {
    caller.answer(question, adjacency(left, Object.fromEntries(everyone.slice(0, 80).map((i) => [i, list])), Math.min(left, 80)));
  }
  expect(seen.state.graph!.following.get('user300')!.size).toBe(601);
  expect(seen.state.missing.size).toBe(601 - 5 * 80);
  expect(seen.state.isJoining).toBe(false);
});

test('keeps a selected person of a further portion current', () => {
  const { neighbourhood, seen, expand, open } = opened();
  const caller = new Caller();
  open(caller);
  caller.answer('Profile ada', { user: ada });
  caller.answer('Around ada', around('ada', { followers: [rhys], next: 'c1' }));
  expand('ada');
  caller.answer('Around ada c1', around('ada', { followers: [yeva], next: 'c2' }));
  expand('ada');
  caller.answer('Around ada c2', around('ada', { followers: [person('omar')] }));
  neighbourhood.select('yeva');
  expect(caller.asked).not.toContain('Profile yeva'); // the cache changes its page
  neighbourhood.select('omar');
  caller.answer('Profile omar', { user: person('omar', { viewerIsFollowing: true }) });
  expect(seen.state.graph!.people.get('omar')!.viewerIsFollowing).toBe(true);
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
