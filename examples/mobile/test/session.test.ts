import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { checkPositions } from '../../../clients/position/check.ts';
import { followersOf, register, trustedURL } from './graph.ts';
import { Phone } from './phone.ts';

test('sign in, follow, unfollow, sign out, with the position of the answers', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  const username = 'mobile.follows';
  phone.typed = await register(username, '+41446681811');
  await phone.run('grace');
  assert.deepEqual(await phone.run('--sign-in', username), { status: 0, lines: [`Signed in as ${username}.`] });

  const login = phone.exchanges.at(-1);
  assert.equal(login?.method, 'POST');
  assert.equal(login.url.search, '', 'the URL must not contain the password');
  const session = join(phone.directory, 'session.json');
  const { token } = JSON.parse(await readFile(session, 'utf8')) as { token: string };
  assert.equal((await stat(session)).mode & 0o777, 0o600);

  const before = (await followersOf('grace')).count;
  const followed = await phone.run('--follow', 'grace');
  assert.equal(followed.status, 0);
  assert.match(followed.lines[0] ?? '', /^grace.* \(you follow\)$/);
  assert.match(followed.lines[1] ?? '', new RegExp(`^${before + 1} followers, `));
  const [asked, changed] = phone.exchanges.slice(-2);
  assert.equal(asked?.method, 'GET');
  assert.equal(asked.headers.get('If-None-Match'), null, 'a response for an anonymous caller is not used after signing in');
  assert.equal(changed?.method, 'POST');
  assert.equal(changed.headers.get('Authorization'), `Bearer ${token}`);

  const shown = await phone.run('grace');
  assert.equal(phone.exchanges.at(-1)?.status, 200, 'not the stored response');
  assert.deepEqual(shown.lines.slice(0, 2), followed.lines);
  assert.match(shown.lines[2] ?? '', new RegExp(`^   1\\. ${username}, since `));

  const unfollowed = await phone.run('--unfollow', 'grace');
  assert.match(unfollowed.lines[1] ?? '', new RegExp(`^${before} followers, `));
  assert.match((await phone.run(username)).lines[0] ?? '', / \(you\)$/);

  assert.deepEqual(await phone.run('--sign-out'), { status: 0, lines: [] });
  assert.deepEqual(await readdir(phone.directory), ['place.json', 'position.json'], 'the token and the responses are deleted');
  checkPositions(phone.exchanges);
});

test('a wrong password', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  phone.typed = 'not the password';
  assert.deepEqual(await phone.run('--sign-in', 'ada'), { status: 1, lines: ['the username or the password is wrong'] });
  assert.equal(phone.exchanges.length, 1, 'there is no retry');
  assert.deepEqual(await readdir(phone.directory), ['position.json'], 'neither a token nor a response is stored');
});

test('signing in replaces an expired token', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  phone.typed = await register('mobile.again', '+41446681813');
  await writeFile(join(phone.directory, 'session.json'), JSON.stringify({ token: 'of.another.server' }));
  assert.equal((await phone.run('--sign-in', 'mobile.again')).status, 0);
  assert.match((await phone.run('mobile.again')).lines[0] ?? '', / \(you\)$/);
});

test('following without a session', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  assert.deepEqual(await phone.run('--follow', 'grace'), { status: 1, lines: ['sign in first'] });
});

test('an expired token', async (t) => {
  const phone = await Phone.buy(t, trustedURL);
  await writeFile(join(phone.directory, 'session.json'), JSON.stringify({ token: 'of.another.server' }));
  assert.deepEqual(await phone.run('ada'), { status: 1, lines: ['You are no longer signed in: sign in again.'] });
  assert.equal((await phone.run('ada')).status, 0, 'public data is shown without the token');
});

test('the program reads a password from a pipe', async (t) => {
  const { directory } = await Phone.buy(t, trustedURL);
  const password = await register('mobile.program', '+41446681812');
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const start = async (input: string, ...args: string[]) => {
    const program = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
      env: { ...process.env, FOLLOWGRAPH_URL: trustedURL, DEVICE: directory },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    program.stdin.end(input);
    const output = await text(program.stdout);
    const [status] = program.exitCode === null ? await once(program, 'exit') : [program.exitCode];
    return { status, output };
  };
  assert.deepEqual(await start(`${password}\n`, '--sign-in', 'mobile.program'), {
    status: 0,
    output: 'Signed in as mobile.program.\n',
  });
  assert.deepEqual(await start('', '--sign-in', 'ada'), { status: 1, output: 'Not signed in: the password is missing.\n' });
  const { status, output } = await start('', 'mobile.program');
  assert.equal(status, 0);
  assert.match(output, /^mobile\.program \(you\)\n0 followers, following 0\nEnd of the list\.\n$/);
});
