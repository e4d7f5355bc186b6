import { newer } from '../../examples/position/position.ts';

const HEADER = 'Followgraph-Position';

/** The newest position of all callers of this page, so that a new session sees its registration. */
let newest: string | undefined;

/** Notes the position of an answer or of an event. Requests after it get data that is at least as new. */
export function learn(position: string): void {
  newest = newer(newest, position);
}

/** Returns the newest position. Undefined if the server sends none. */
export function newestPosition(): string | undefined {
  return newest;
}

/**
 * Fetches with the newest position, by the rule of examples/position.
 *
 * @param arrived called with the position of the answer
 */
export async function positioned(
  input: RequestInfo | URL,
  init: RequestInit,
  arrived: (position: string) => void,
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (newest) headers.set(HEADER, newest);
  const answer = await fetch(input, { ...init, headers });
  const position = answer.headers.get(HEADER);
  if (position) {
    learn(position);
    arrived(position);
  }
  return answer;
}

/** Reports whether a position is older than another one. Positions of different logs have no order. */
export function isOlder(position: string, other: string): boolean {
  return position !== other && newer(other, position) === other;
}

/** Returns the older one of two positions, or the only one. */
export function older(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return isOlder(other, one) ? other : one;
}
