import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { Proxy, until } from '../../../clients/live/proxy.ts';
import { register, trustedURL } from './graph.ts';
import { Phone } from './phone.ts';

/** Returns a new user, a phone that watches the user through a network of its own, and another one that follows. */
async function watching(t: TestContext, name: string, number: string) {
  const proxy = await Proxy.open(trustedURL);
  t.after(() => proxy.close());
  const username = `mobile.${name}`;
  const follower = `${username}.fan`;
  await register(username, `+4144668${number}1`);
  const fan = await Phone.buy(t, trustedURL);
  fan.typed = await register(follower, `+4144668${number}2`);
  await fan.run('--sign-in', follower);
  const phone = await Phone.buy(t, proxy.url);
  t.after(() => phone.leave());
  const gained = [`+ ${follower} follows`, '1 followers'];
  const lost = [`- ${follower} follows no longer`, '0 followers'];
  const change = async (command: '--follow' | '--unfollow') =>
    assert.equal((await fan.run(command, username)).status, 0);
  return { proxy, username, phone, change, gained, lost, head: [username, '0 followers, following 0'] };
}

const streams = (phone: Phone) =>
  phone.exchanges.filter(({ headers }) => headers.get('Accept') === 'text/event-stream');
const stored = async (phone: Phone) =>
  JSON.parse(await readFile(join(phone.directory, 'watched.json'), 'utf8')) as { id: string; position: string };

test('shows each change once, through a lost connection and while the app was closed', async (t) => {
  const { proxy, username, phone, change, gained, lost, head } = await watching(t, 'watch', '300');
  const first = phone.watch(username);
  await until(() => streams(phone).length === 1);
  await change('--follow');
  await until(() => phone.lines.length >= 4);
  assert.deepEqual(phone.lines, [...head, ...gained]);

  // The connection is lost, and changes happen before the phone has another one.
  phone.online = false;
  proxy.cut(trustedURL);
  await change('--unfollow');
  await change('--follow');
  phone.online = true;
  await until(() => phone.lines.length >= 7);
  const { kinds, count } = shown(phone.lines.slice(4));
  assert.deepEqual(kinds, [lost[0], gained[0]]);
  assert.equal(count, gained[1]);
  await change('--unfollow');
  await until(() => phone.lines.at(-1) === lost[1]);
  const all = shown(phone.lines.slice(2)).kinds;
  assert.deepEqual(all, [gained[0], lost[0], gained[0], lost[0]], 'nothing is lost, and nothing comes twice');
  for (const { headers, url, status } of streams(phone)) {
    assert.match(url.searchParams.get('documentId') ?? '', /^sha256:/);
    assert.equal(url.searchParams.has('query'), false);
    assert.equal(status, 200);
    assert.equal(headers.has('Last-Event-ID'), headers !== streams(phone)[0]?.headers);
  }

  // The app is closed.
  const { position } = await stored(phone);
  phone.leave();
  assert.equal(await first, 0);
  await change('--follow');
  const second = phone.watch(username);
  await until(() => phone.lines.length >= 4);
  assert.deepEqual(phone.lines, [username, '1 followers, following 0', ...gained]);
  assert.equal(streams(phone).at(-1)?.headers.get('Last-Event-ID'), position);
  phone.leave();
  assert.equal(await second, 0);
});

test('shows the user again if the changes since then are not known any more', async (t) => {
  const { username, phone, change, gained, head } = await watching(t, 'late', '301');
  const first = phone.watch(username);
  await until(() => streams(phone).length === 1);
  await change('--follow');
  await until(() => phone.lines.length >= 4);
  phone.leave();
  assert.equal(await first, 0);
  await change('--unfollow');

  const { id, position } = await stored(phone);
  const old = position.replace(/[0-9A-F]{16}$/, '0000000000000001');
  await writeFile(join(phone.directory, 'watched.json'), JSON.stringify({ id, position: old }));
  const second = phone.watch(username);
  await until(() => streams(phone).length === 3);
  await change('--follow');
  await until(() => phone.lines.length >= 6);
  assert.deepEqual(phone.lines, [...head, ...head, ...gained]);
  assert.deepEqual(
    streams(phone).slice(1).map(({ headers }) => headers.get('Last-Event-ID')),
    [old, null],
  );
  phone.leave();
  assert.equal(await second, 0);
});

test('a token that is not accepted ends the session', async (t) => {
  const { proxy, username, phone, change } = await watching(t, 'token', '302');
  const first = phone.watch(username);
  await until(() => streams(phone).length === 1);
  await change('--follow');
  await until(() => phone.lines.length >= 4);
  await writeFile(join(phone.directory, 'session.json'), JSON.stringify({ token: 'of.another.server' }));
  proxy.cut(trustedURL);
  assert.equal(await first, 1);
  assert.equal(phone.lines.at(-1), 'You are no longer signed in: sign in again.');
  assert.equal((await readdir(phone.directory)).includes('session.json'), false);
});

test('a user who does not exist cannot be watched', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  assert.equal(await phone.watch('nobody.at.all'), 1);
  assert.deepEqual(phone.lines, ['There is no user nobody.at.all.']);
});

/** Returns the changes of lines, and the last count. */
function shown(lines: string[]): { kinds: string[]; count: string | undefined } {
  return { kinds: lines.filter((line) => /^[+-]/.test(line)), count: lines.at(-1) };
}
