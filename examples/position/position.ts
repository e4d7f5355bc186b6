/** The header with the position of an answer: the place of a commit in the database's log. */
const HEADER = 'Followgraph-Position';

/**
 * Returns a fetch for one server that sends the newest position of its answers. So no answer is older than an earlier
 * one, whichever server it comes from, and an answer after a mutation shows what the mutation wrote.
 */
export function withPosition(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  let position: string | undefined;
  return async (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    if (position) headers.set(HEADER, position);
    const answer = await fetch(input, { ...init, headers });
    const arrived = answer.headers.get(HEADER);
    if (arrived) position = newer(position, arrived);
    return answer;
  };
}

/** Returns the newer one of two positions. Positions of different logs have no order; then it is the one that arrived. */
export function newer(known: string | undefined, arrived: string): string {
  return known && logOf(known) === logOf(arrived) && known > arrived ? known : arrived;
}

/** Returns the log of a position: its text up to the second dot. */
function logOf(position: string): string {
  return position.slice(0, position.lastIndexOf('.'));
}
