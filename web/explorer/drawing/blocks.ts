import type { FollowsAmongQueryVariables } from '../__generated__/graphql.ts';

/** How many ids the API takes in each list of `follows`. */
const LIMIT = 100;

/**
 * The questions that together ask for every follow between two people of whom one at least is new, and for none
 * between two others. Without anybody new there is nothing to ask.
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
