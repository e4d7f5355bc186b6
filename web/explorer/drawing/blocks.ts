import type { FollowsAmongQueryVariables } from '../__generated__/graphql.ts';

/** The maximum number of ids in each list of `follows`. */
const LIMIT = 100;

/**
 * Returns the queries for every follow between two people if at least one of them is new. They do not ask for follows
 * between two people who are both known. Without new people there are no queries.
 */
export function blocksOf(known: readonly string[], fresh: readonly string[]): FollowsAmongQueryVariables[] {
  const all = [...fresh, ...known];
  const questions = [];
  for (const some of chunks(fresh)) {
    for (const others of chunks(all)) questions.push({ followerIds: some, followingIds: others });
    for (const others of chunks(known)) questions.push({ followerIds: others, followingIds: some });
  }
  return questions;
}

function chunks(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / LIMIT) }, (_, i) => ids.slice(i * LIMIT, (i + 1) * LIMIT));
}
