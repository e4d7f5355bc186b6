/** Tests examples/position/position.ts, which the clients of the other folders use. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newer, withPosition } from '../../examples/position/position.ts';

const first = '7312345678901234567.1.00000000016B3748';
const second = '7312345678901234567.1.00000000016B4000';
const promoted = '7312345678901234567.2.0000000000000001';
const restored = '731234567890123456.1.0000000000000001';

/** Returns a fetch that answers with these positions, null for none, and what it was asked. */
function scripted(...positions: (string | null)[]) {
  const asked: Headers[] = [];
  const fetch = withPosition((_input, init) => {
    asked.push(new Headers(init?.headers));
    const position = positions[asked.length - 1];
    return Promise.resolve(new Response('{}', { headers: position ? { 'Followgraph-Position': position } : {} }));
  });
  return { fetch, asked, sent: () => asked.map((headers) => headers.get('followgraph-position')) };
}

test('the newer of two positions', () => {
  assert.equal(newer(undefined, first), first);
  assert.equal(newer(first, second), second);
  assert.equal(newer(second, first), second);
  for (const other of [promoted, restored]) {
    assert.equal(newer(second, other), other, 'the log that the last answer is from');
    assert.equal(newer(other, second), second);
  }
});

test('a request sends the newest position of the answers before it', async () => {
  const { fetch, sent } = scripted(null, second, first, null, promoted, null);
  for (let i = 0; i < 6; i++) await fetch('http://localhost/graphql');
  assert.deepEqual(sent(), [null, null, second, second, second, promoted]);
});

test('the headers of a request stay', async () => {
  const { fetch, asked } = scripted(first, null, null);
  const headers = { Authorization: 'Bearer token' };
  await fetch('http://localhost/graphql', { headers });
  await fetch('http://localhost/graphql', { headers });
  await fetch(new Request('http://localhost/graphql', { headers }));
  assert.deepEqual(headers, { Authorization: 'Bearer token' });
  for (const each of asked) assert.equal(each.get('authorization'), 'Bearer token');
  assert.equal(asked[2]?.get('followgraph-position'), first);
});
