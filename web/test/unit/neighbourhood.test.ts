import { expect, test } from '@playwright/test';
import { CombinedError, type Client, type OperationResult, type TypedDocumentNode } from 'urql';

import { Neighbourhood, NOTHING } from '../../explorer/drawing/neighbourhood.ts';
import { person } from './people.ts';

type Result = Partial<Pick<OperationResult, 'data' | 'error'>>;

/** A caller's client, whose questions are answered by the test. */
class Caller {
  readonly #asked = new Map<string, (result: Result) => void>();

  query({ definitions }: TypedDocumentNode) {
    const [definition] = definitions;
    const name = definition?.kind === 'OperationDefinition' ? definition.name!.value : '';
    return {
      subscribe: (next: (result: Result) => void) => {
        this.#asked.set(name, next);
        return { unsubscribe: () => this.#asked.delete(name) };
      },
    };
  }

  /** What is asked for, or kept true, by the names of documents. */
  get asked(): string[] {
    return [...this.#asked.keys()];
  }

  answer(name: string, data: unknown): void {
    this.#asked.get(name)!({ data });
  }

  refuse(name: string): void {
    this.#asked.get(name)!({ error: new CombinedError({ graphQLErrors: ['no'] }) });
  }
}

const ada = person('ada');
const rhys = person('rhys');

function listOf(side: 'followers' | 'following', people: object[]) {
  const edges = people.map((node) => ({ cursor: '', followedAt: '', node }));
  return { user: { id: 'ada', [side]: { edges, pageInfo: { hasNextPage: false, endCursor: null } } } };
}

function opened() {
  const seen = { state: NOTHING };
  const neighbourhood = new Neighbourhood('ada', { middle: 10, other: 10 }, {
    changed: (state) => (seen.state = state),
    said: () => {},
  });
  const open = (caller: Caller) => neighbourhood.open(caller as unknown as Client);
  return { seen, open };
}

test('goes on for another caller: who is drawn stays, and what they are to the viewer is asked for again', () => {
  const { seen, open } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile', { user: { ...ada, viewerIsFollowing: true } });
  first.answer('Followers', listOf('followers', [{ ...rhys, isViewer: true }]));
  first.answer('Following', listOf('following', [rhys]));
  first.answer('FollowsAmong', { follows: [] });
  const { round } = seen.state;

  open(second);
  expect(first.asked).toEqual([]);
  expect(second.asked).toEqual(['Profile', 'Followers', 'Following']);
  const people = [...seen.state.graph!.people.values()];
  expect(people.map(({ id }) => id)).toEqual(['ada', 'rhys']);
  for (const known of people) expect(Object.keys(known).join()).not.toMatch(/viewer/i);

  second.answer('Profile', { user: ada });
  second.answer('Followers', listOf('followers', [rhys]));
  second.answer('Following', listOf('following', [rhys]));
  expect(seen.state.graph!.people.get('rhys')).toEqual(rhys);
  expect(seen.state.round).toBe(round); // nobody is moved
});

test('asks on behalf of another caller for what is not answered yet, and for what the former one was refused', () => {
  const { seen, open } = opened();
  const [first, second] = [new Caller(), new Caller()];
  open(first);
  first.answer('Profile', { user: ada });
  first.refuse('Followers');
  open(second);
  expect(second.asked).toEqual(['Profile', 'Following']);
  second.answer('Following', listOf('following', [rhys]));
  expect(seen.state.fault).toBeUndefined();
  expect([...seen.state.loading]).toEqual(['ada']);
  second.answer('Followers', listOf('followers', [person('yeva')]));
  expect([...seen.state.graph!.people.keys()]).toEqual(['ada', 'rhys', 'yeva']);
  expect([...seen.state.loading]).toEqual([]);
});
