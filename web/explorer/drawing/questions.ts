import type { Client } from 'urql';

import type { FollowsAmongQueryVariables } from '../__generated__/graphql.ts';
import { blocksOf } from './blocks.ts';
import { askFollows, askFollowsOf, type FollowsOf, type Stop, type Watcher } from './load.ts';

/**
 * The maximum number of people up to which every follow between two of them is requested. The number of these requests
 * grows with the square of the people: 36 for 600 people, but 10,000 for 10,000.
 */
export const MOST_AMONG = 600;

/** The number of people whose lists of followed people are requested together. */
const GROUP = 50;

/** The maximum number of followed people of each person in such a request. */
export const MOST_FOLLOWED = 100;

/** A request for follows among the people who are drawn. */
export type FollowsQuestion =
  | { kind: 'among'; ids: FollowsAmongQueryVariables }
  | { kind: 'of'; ids: readonly string[] };

/** Which follows were requested. */
export class FollowsAsked {
  /** The people whose follows of each other were all requested. */
  readonly #among = new Set<string>();
  /** The people whose list of followed people was requested. */
  readonly #of = new Set<string>();

  /**
   * Returns the requests for the follows among people that were not requested yet. Up to a number of people, they are
   * for every follow between two of them. With more people, they are for the list of each person, so that their number
   * grows only with the people.
   */
  next(people: readonly string[]): FollowsQuestion[] {
    const fresh = people.filter((id) => !this.#of.has(id) && !this.#among.has(id));
    if (this.#of.size === 0 && this.#among.size + fresh.length <= MOST_AMONG) {
      const blocks = blocksOf([...this.#among], fresh);
      for (const id of fresh) this.#among.add(id);
      return blocks.map((ids) => ({ kind: 'among', ids }));
    }
    const missing = people.filter((id) => !this.#of.has(id));
    for (const id of missing) this.#of.add(id);
    return groupsOf(missing).map((ids) => ({ kind: 'of', ids }));
  }
}

function groupsOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / GROUP) }, (_, i) => ids.slice(i * GROUP, (i + 1) * GROUP));
}

/** Asks for follows. */
export function ask(client: Client, question: FollowsQuestion, watcher: Watcher<FollowsOf>): Stop {
  if (question.kind === 'of') return askFollowsOf(client, [...question.ids], MOST_FOLLOWED, watcher);
  return askFollows(client, question.ids, {
    next: (follows) => watcher.next({ follows, unfinished: [] }),
    fault: (error) => watcher.fault(error),
  });
}
