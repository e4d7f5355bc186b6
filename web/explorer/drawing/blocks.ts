/** Two lists of people: the follows from those in the first list to those in the second are requested together. */
export interface Block {
  followerIds: readonly string[];
  followingIds: readonly string[];
}

/** The maximum number of ids in each list of `adjacency`. */
const LIMIT = 4000;

/**
 * Returns the blocks for every follow between two people if at least one of them is new. They do not contain follows
 * between two people who are both known. Without new people there are no blocks.
 */
export function blocksOf(known: readonly string[], fresh: readonly string[], limit = LIMIT): Block[] {
  const all = [...fresh, ...known];
  const blocks: Block[] = [];
  for (const some of chunks(fresh, limit)) {
    for (const others of chunks(all, limit)) blocks.push({ followerIds: some, followingIds: others });
    for (const others of chunks(known, limit)) blocks.push({ followerIds: others, followingIds: some });
  }
  return blocks;
}

function chunks(ids: readonly string[], limit: number): string[][] {
  return Array.from({ length: Math.ceil(ids.length / limit) }, (_, i) => ids.slice(i * limit, (i + 1) * limit));
}
