import assert from 'node:assert/strict';
import { test } from 'node:test';

import { followersOf, limitedURL, trustedURL, withTwoPages } from './graph.ts';
import { Phone } from './phone.ts';

test('shows the first and second page of the server', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  const { count, lines } = await followersOf('ada');
  const first = await phone.run('ada');
  assert.equal(first.status, 0);
  assert.match(first.lines[0] ?? '', /^ada\b/);
  assert.match(first.lines[1] ?? '', new RegExp(`^${count} followers, following \\d+$`));
  assert.deepEqual(first.lines.slice(2), [...lines.slice(0, 10), 'More: npm start -- --more']);
  const second = await phone.run('--more');
  assert.deepEqual(second.lines, [...lines.slice(10, 20), 'More: npm start -- --more']);
});

test('a request is a GET with id, variables and name, and the response has gzip', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  await phone.run('ada');
  const [asked] = phone.exchanges;
  assert(asked && phone.exchanges.length === 1);
  assert.equal(asked.method, 'GET');
  assert.equal(asked.body, undefined);
  assert.deepEqual([...asked.url.searchParams.keys()], ['documentId', 'operationName', 'variables']);
  assert.match(asked.url.searchParams.get('documentId') ?? '', /^sha256:[0-9a-f]{64}$/);
  assert.equal(asked.headers.get('Accept'), 'application/graphql-response+json');
  assert.equal(asked.headers.get('Authorization'), null);
  assert.equal(asked.answer.get('Content-Encoding'), 'gzip');
});

test('the last page ends the list', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  const username = await withTwoPages();
  await phone.run(username);
  const last = await phone.run('--more');
  assert.deepEqual(last.lines, [...(await followersOf(username)).lines.slice(10), 'End of the list.']);
  const sent = phone.exchanges.length;
  assert.deepEqual(await phone.run('--more'), {
    status: 0,
    lines: ['There are no more followers. Start again with: npm start -- NAME'],
  });
  assert.equal(phone.exchanges.length, sent);
});

test('revalidates stored responses', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  const shown = [await phone.run('ada'), await phone.run('--more')];
  assert.deepEqual([await phone.run('ada'), await phone.run('--more')], shown);
  assert.deepEqual(
    phone.exchanges.map(({ status }) => status),
    [200, 200, 304, 304],
  );
  const [first, , again] = phone.exchanges;
  assert.equal(again?.headers.get('If-None-Match'), first?.answer.get('ETag'));
});

test('shows stored responses with their age when offline', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  const shown = [await phone.run('ada'), await phone.run('--more')];
  phone.online = false;
  phone.ahead = 3 * 60_000;
  const old = [await phone.run('ada'), await phone.run('--more')];
  const note = 'The server cannot be reached. This response is from 3 minutes ago.';
  assert.deepEqual(
    old,
    shown.map(({ status, lines }) => ({ status, lines: [...lines, note] })),
  );
  // The age of a response counts from its last confirmation.
  phone.online = true;
  await phone.run('ada');
  phone.online = false;
  phone.ahead += 1000;
  const { lines } = await phone.run('ada');
  assert.match(lines.at(-1) ?? '', /This response is from [1-9]\d* seconds? ago\.$/);
});

test('shows a failure when offline without a stored response', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  phone.online = false;
  assert.deepEqual(await phone.run('ada'), { status: 1, lines: ['The server cannot be reached.'] });
  assert.equal(phone.waited.length, 2, 'makes three attempts');
});

test('shows an exhausted rate limit', async (t) => {
  const phone = await Phone.buy(t, limitedURL);
  const shown = await phone.run('ada');
  assert.equal(shown.status, 0);
  const refused = await phone.run('grace');
  assert.equal(refused.status, 1);
  assert.match(refused.lines.join(), /^the operation costs 2 points, but this caller has only 0 of 2 points left: try again in /);
  const old = await phone.run('ada');
  assert.deepEqual(old.lines.slice(0, -1), shown.lines);
  assert.match(old.lines.at(-1) ?? '', /try again in .* This response is from \d+ seconds? ago\.$/);
  assert.deepEqual(
    phone.exchanges.map(({ status }) => status),
    [200, 429, 429],
  );
  assert.deepEqual(phone.waited, [], 'does not wait for an hour');
});

test('a user who does not exist', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  assert.deepEqual(await phone.run('nobody.at.all'), { status: 1, lines: ['There is no user nobody.at.all.'] });
});

test('a command that does not exist', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  for (const args of [[], ['--help'], ['--follow'], ['ada', 'grace'], ['--follow', 'ada', 'grace']]) {
    const { status, lines } = await phone.run(...args);
    assert.equal(status, 2);
    assert.match(lines.join(), /^npm start -- NAME/);
  }
  assert.deepEqual(phone.exchanges, []);
});
