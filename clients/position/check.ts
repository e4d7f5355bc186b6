import assert from 'node:assert/strict';

import { newer } from '../../examples/position/position.ts';
import type { Exchange } from '../exchange.ts';

/** Checks that every request sent the newest position of the answers before it, and that no answer was older. */
export function checkPositions(exchanges: Exchange[]): void {
  let position: string | undefined;
  for (const { headers, answer } of exchanges) {
    assert.equal(headers.get('followgraph-position') ?? undefined, position);
    const arrived = answer.get('followgraph-position');
    if (!arrived) continue;
    assert.match(arrived, /^\d+\.\d+\.[0-9A-F]{16}$/);
    assert.equal(newer(position, arrived), arrived, 'the data is not older');
    position = arrived;
  }
  assert(position, 'the server sends a position');
}
