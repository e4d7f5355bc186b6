import { expect, test } from '@playwright/test';
import { CombinedError, type Client, type OperationResult, type TypedDocumentNode } from 'urql';

import { follows } from '../../explorer/drawing/graph.ts';
import { Neighbourhood, NOTHING } from '../../explorer/drawing/neighbourhood.ts';
import { names, person } from './people.ts';

type Result = Partial<Pick<OperationResult, 'data' | 'error'>>;

interface Variables {
  username?: string;
  followerIds?: string[];
  followingIds?: string[];
}

/** The client of a caller. The test answers its requests. */
class Caller {
  readonly #asked = new Map<string, (result: Result) => void>();

  query({ definitions }: TypedDocumentNode, { username, followerIds, followingIds }: Variables) {
    const [definition] = definitions;
    const name = definition?.kind === 'OperationDefinition' ? definition.name!.value : '';
    const ids = [...new Set([followerIds?.join(), followingIds?.join()])];
    const question = `${name} ${username ?? ids.join('>')}`;
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

/** The last page of Followers or Following. */
function listOf(side: 'followers' | 'following', people: object[]) {
  const edges = people.map((node) => ({ cursor: '', followedAt: '', node }));
  return { user: { id: 'ada', [side]: { edges, pageInfo: { hasNextPage: false, endCursor: null } } } };
}

/** A neighbourhood of ada that is opened for several callers, one after the other. */
function opened() {
  const seen = { state: NOTHING };
  const neighbourhood = new Neighbourhood('ada', { middle: 10, other: 10 }, {
    changed: (state) => (seen.state = state),
    said: () => {},
  });
  const open = (caller: Caller) => neighbourhood.open(caller as unknown as Client, undefined);
  const drawn = () => [...seen.state.graph!.people.keys()];
  return { neighbourhood, seen, open, drawn };
}

/** Returns followers and followed people of ada to a caller. */
function answerAda(caller: Caller, followers: object[], following: object[]): void {
  caller.answer('Followers ada', listOf('followers', followers));
  caller.answer('Following ada', listOf('following', following));
}

test('keeps the people for another caller and requests their relations again', () => {
  const { seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: { ...ada, viewerIsFollowing: true } });
  answerAda(first, [{ ...rhys, isViewer: true }], [rhys]);
  first.answer('FollowsAmong ada,rhys', { follows: [] });
  const { round } = seen.state;

  open(second);
  expect(first.asked).toEqual([]);
  expect(second.asked).toEqual(['Profile ada', 'Followers ada', 'Following ada']);
  expect(drawn()).toEqual(['ada', 'rhys']);
  for (const known of seen.state.graph!.people.values()) expect(Object.keys(known).join()).not.toMatch(/viewer/i);

  second.answer('Profile ada', { user: ada });
  answerAda(second, [rhys], [rhys]);
  expect(seen.state.graph!.people.get('rhys')).toEqual(rhys);
  expect(seen.state.round).toBe(round); // no person moves
});

test('repeats pending and rejected requests for another caller', () => {
  const { seen, open, drawn } = opened();
  const [first, second, third] = [new Caller(), new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: ada });
  first.refuse('Followers ada');
  open(second);
  expect(second.asked).toEqual(['Profile ada', 'Followers ada', 'Following ada']);
  second.refuse('Followers ada');
  second.answer('Following ada', listOf('following', [rhys]));
  expect(seen.state.fault).toBeDefined();
  expect([...seen.state.loading]).toEqual([]);
  open(third);
  expect(third.asked).toEqual(['Profile ada', 'Following ada', 'FollowsAmong ada,rhys', 'Followers ada']);
  expect(seen.state.fault).toBeUndefined();
  expect([...seen.state.loading]).toEqual(['ada']);
  third.answer('Followers ada', listOf('followers', [yeva]));
  expect(drawn()).toEqual(['ada', 'rhys', 'yeva']);
  expect([...seen.state.loading]).toEqual([]);
});

test('adds both lists together in a fixed order, for the last caller', () => {
  const { seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: ada });
  first.answer('Following ada', listOf('following', [{ ...rhys, isViewer: true, viewerIsFollowing: true }]));
  open(second);
  second.answer('Followers ada', listOf('followers', [yeva, rhys]));
  second.refuse('Followers ada'); // a later failure removes nothing
  expect(drawn()).toEqual(['ada']);
  second.answer('Following ada', listOf('following', [rhys]));
  expect(drawn()).toEqual(['ada', 'yeva', 'rhys']);
  expect(seen.state.graph!.people.get('rhys')).toEqual(rhys);

  const other = opened();
  const caller = new Caller();
  other.open(caller);
  caller.answer('Profile ada', { user: ada });
  caller.answer('Following ada', listOf('following', [rhys]));
  caller.answer('Followers ada', listOf('followers', [yeva]));
  expect(other.drawn()).toEqual(['ada', 'yeva', 'rhys']);
});

test('reports and retries failed requests for another caller', () => {
  const { neighbourhood, seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: ada });
  answerAda(first, [rhys], []);
  first.answer('FollowsAmong ada,rhys', { follows: [] });

  open(second);
  second.refuse('Followers ada');
  expect(seen.state.fault).toBeDefined();
  expect(drawn()).toEqual(['ada', 'rhys']); // the drawing stays
  expect(second.asked).not.toContain('Followers ada');
  neighbourhood.retry();
  expect(seen.state.fault).toBeUndefined();
  second.answer('Followers ada', listOf('followers', [rhys]));
  expect(seen.state.graph!.people.get('rhys')).toEqual(rhys);

  second.refuse('Followers ada'); // the cache changed and its request failed
  expect(seen.state.fault).toBeUndefined();
});

test('repeats pending requests for follows for another caller', () => {
  const { seen, open } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: ada });
  answerAda(first, [rhys, yeva], []);
  const { round } = seen.state;
  expect(first.asked).toContain('FollowsAmong ada,rhys,yeva');

  open(second);
  expect(first.asked).toEqual([]);
  second.answer('FollowsAmong ada,rhys,yeva', { follows: [{ followerId: 'rhys', followingId: 'yeva' }] });
  expect(follows(seen.state.graph!, 'rhys', 'yeva')).toBe(true);
  expect(seen.state.round).toBe(round + 1);
  expect(second.asked).not.toContain('FollowsAmong ada,rhys,yeva');
});

test('limits concurrent refreshes, and runs urgent requests immediately', () => {
  const { neighbourhood, seen, open, drawn } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile ada', { user: ada });
  answerAda(first, [rhys], [yeva]);
  first.answer('FollowsAmong ada,rhys,yeva', { follows: [] });
  neighbourhood.expand('rhys');
  first.answer('Followers rhys', listOf('followers', [yeva]));
  first.answer('Following rhys', listOf('following', [yeva]));

  open(second);
  expect(second.asked).toEqual(['Profile ada', 'Followers ada', 'Following ada', 'Followers rhys']);
  neighbourhood.expand('yeva');
  expect(second.asked.slice(4)).toEqual(['Followers yeva', 'Following yeva']);
  second.answer('Following yeva', listOf('following', []));
  second.answer('Followers yeva', listOf('followers', [person('omar')]));
  expect(drawn()).toEqual(['ada', 'rhys', 'yeva', 'omar']);

  second.answer('Following ada', listOf('following', [yeva]));
  expect(second.asked).toContain('Following rhys');
  expect(second.asked).not.toContain('FollowsAmong omar>omar,ada,rhys,yeva');
  second.refuse('Followers rhys');
  expect(second.asked).toContain('FollowsAmong omar>omar,ada,rhys,yeva');

  const third = new Caller();
  open(third); // requests of the previous caller do not count any more
  expect(third.asked).toEqual(['Profile ada', 'Followers ada', 'Following ada', 'Following rhys']);
  answerAda(third, [rhys], [yeva]);
  third.answer('Following rhys', listOf('following', [yeva]));
  third.answer('Followers yeva', listOf('followers', [person('omar')]));
  third.answer('FollowsAmong omar>omar,ada,rhys,yeva', { follows: [{ followerId: 'omar', followingId: 'ada' }] });
  third.answer('FollowsAmong ada,rhys,yeva>omar', { follows: [] });
  expect(follows(seen.state.graph!, 'omar', 'ada')).toBe(true);
});

test('adds follows in a fixed order', () => {
  const many = names(150, 'user').map((name) => person(name));
  /** The people that ada follows: a different person in each response. */
  const followed = new Map<string, string>();
  const followsTakenIn = (next: (questions: string[]) => string | undefined) => {
    const { seen, open } = opened();
    const caller = new Caller();
    open(caller);
    caller.answer('Profile ada', { user: ada });
    answerAda(caller, many, []);
    const unanswered = () => caller.asked.filter((question) => question.startsWith('FollowsAmong'));
    for (let question = next(unanswered()); question; question = next(unanswered())) {
      const followingId = followed.get(question) ?? `user${followed.size}`;
      followed.set(question, followingId);
      caller.answer(question, { follows: [{ followerId: 'ada', followingId }] });
    }
    return [...seen.state.graph!.following.get('ada')!];
  };
  const taken = followsTakenIn((questions) => questions[0]);
  expect(taken).toHaveLength(4); // among 151 people, in blocks of a hundred
  expect(followsTakenIn((questions) => questions.at(-1))).toEqual(taken);
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
  expect(drawn()).toEqual(['ada']);
});
