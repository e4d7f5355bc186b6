/** Tests responses that the real server rarely or never gives, with a fake server. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { Phone } from './phone.ts';

interface Scripted {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** Returns a phone whose server gives these responses in order. */
async function phoneWith(t: TestContext, ...answers: Scripted[]): Promise<Phone> {
  const server = createServer((request, response) => {
    // The phone cannot see the headers that fetch adds.
    assert.equal(request.headers['cache-control'], undefined, 'a CDN could not respond');
    const { status, headers, body } = answers.shift() ?? { status: 500, body: 'no more responses' };
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return Phone.buy(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
}

function graphql(status: number, content: object, headers: Record<string, string> = {}): Scripted {
  const type = { 'Content-Type': 'application/graphql-response+json; charset=utf-8' };
  return { status, headers: { ...type, ...headers }, body: JSON.stringify(content) };
}

const person = { id: '1', username: 'ada', firstname: null, lastname: null, isViewer: false, viewerIsFollowing: false };
const followers = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
const user = { ...person, stats: { followersCount: 0, followingsCount: 1 }, followers };
const good = graphql(200, { data: { user } }, { ETag: '"1"' });
const lines = ['ada', '0 followers, following 1', 'End of the list.'];
const limited = { errors: [{ message: 'too much', extensions: { code: 'RATE_LIMITED', retryAfter: 2 } }] };

test('respects Retry-After in seconds or as a date', async (t) => {
  const later = () => new Date(Date.now() + 5000).toUTCString();
  for (const [status, after, from] of [
    [429, '2', 2000],
    [503, '2', 2000],
    [503, later(), 3000], // a date has whole seconds, and one can pass before it is read
  ] as const) {
    const phone = await phoneWith(t, graphql(status, limited, { 'Retry-After': after }), good);
    assert.deepEqual(await phone.run('ada'), { status: 0, lines });
    assert.equal(phone.waited.length, 1);
    const [waited = 0] = phone.waited;
    assert(waited >= from && waited < 6000, `${after}: it waited for ${waited} ms`);
  }
});

test('gives up after three attempts', async (t) => {
  const busy = { status: 502, body: '<h1>Bad Gateway</h1>' };
  const phone = await phoneWith(t, busy, busy, busy, good);
  assert.deepEqual(await phone.run('ada'), { status: 1, lines: ['The server is not available.'] });
  assert.equal(phone.exchanges.length, 3);
  const [first = Infinity, second = Infinity] = phone.waited;
  assert(first <= 500 && second <= 1000, `it waited for ${first} and ${second} ms`);
});

test('a server that does not respond', async (t) => {
  const phone = await phoneWith(t);
  phone.fetch = (_input, init) => {
    assert(init?.signal, 'a request without a timeout');
    return Promise.reject(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  };
  assert.deepEqual(await phone.run('ada'), { status: 1, lines: ['The server does not respond.'] });
});

test('shows an incomplete response with its errors, and does not store it', async (t) => {
  const error = { message: 'the counts are missing', path: ['user'], extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  const phone = await phoneWith(t, graphql(294, { errors: [error], data: { user } }), good);
  const note = 'Something is missing: The server had an internal error. Try again later.';
  assert.deepEqual(await phone.run('ada'), { status: 0, lines: [...lines, note] });
  assert.deepEqual(await phone.run('ada'), { status: 0, lines });
  assert.equal(phone.exchanges[1]?.headers.get('If-None-Match'), null);
});

test('a response without the user', async (t) => {
  const error = { message: 'it took too long', path: ['user'], extensions: { code: 'TIMEOUT' } };
  const phone = await phoneWith(t, graphql(294, { errors: [error], data: { user: null } }));
  assert.deepEqual(await phone.run('ada'), { status: 1, lines: ['it took too long'] });
});

test('a page of a captive portal', async (t) => {
  const page = { status: 200, headers: { 'Content-Type': 'text/html' }, body: 'Welcome!' };
  const phone = await phoneWith(t, page, page, page, good, page, page, page);
  const first = await phone.run('ada');
  assert.equal(first.status, 1);
  assert.match(first.lines.join(), /^The response from 127\.0\.0\.1:\d+ does not come from the server \(status 200\)\.$/);
  assert.deepEqual((await phone.run('ada')).lines, lines);
  const old = await phone.run('ada');
  assert.equal(old.status, 0);
  assert.deepEqual(old.lines.slice(0, -1), lines);
  assert.match(old.lines.at(-1) ?? '', /^The response .* This response is from /);
});

test('a server without the manifest', async (t) => {
  const unknown = { message: 'the server has no persisted document with this id', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } };
  const phone = await phoneWith(t, graphql(404, { errors: [unknown] }));
  const { status, lines: shown } = await phone.run('ada');
  assert.equal(status, 1);
  assert.match(shown.join(), /it has no manifest for it, or the app is out of date\.$/);
  assert.equal(phone.exchanges.length, 1, 'its text is never sent');
});

test('names of other users cannot control the terminal', async (t) => {
  const odd = { ...user, firstname: '\u001b[31mred', lastname: null };
  const phone = await phoneWith(t, graphql(200, { data: { user: odd } }));
  assert.equal((await phone.run('ada')).lines[0], 'ada, [31mred');
});
