import { fileURLToPath } from 'node:url';

import { expect } from './fixture.ts';
import { Playground, test } from './playground.ts';
import { PASSWORD } from './sample.ts';
import { phone } from './window.ts';

const WHO = '{ viewer { username } }';

test('signs in and out', async ({ playground, keepPicture }) => {
  await playground.open();
  await playground.choose('Suggestions');
  expect(await playground.run()).toEqual({ data: { viewer: null } });

  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  expect((await playground.run()).data.viewer).toMatchObject({ username: 'ada', suggestions: expect.any(Array) });
  await keepPicture();

  await playground.page.getByRole('button', { name: 'Sign out' }).click();
  await expect(playground.page.getByRole('button', { name: 'Sign in', exact: true })).toBeFocused();
  expect(await playground.run()).toEqual({ data: { viewer: null } });
});

test('shows why the sign-in failed', async ({ playground, startServer, watch, keepPicture }) => {
  const own = await startServer(['--attempts-per-account', '2']);
  await playground.open(own.origin);
  const fault = playground.dialog.getByRole('alert');

  await playground.signIn('ada', 'correct horse');
  await expect(fault).toHaveText('the username or the password is wrong');
  await keepPicture();
  await playground.page.keyboard.press('Enter');
  await expect(fault).toHaveText('the username or the password is wrong');
  await playground.page.keyboard.press('Enter');
  await expect(fault).toContainText('too many attempts to sign in: try again in');

  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  await own.stop();
  await playground.page.keyboard.press('Enter');
  await expect(fault).toContainText(`The Followgraph server at ${own.origin} does not respond.`);

  await own.start();
  await playground.dialog.getByLabel('Password').fill(PASSWORD);
  await playground.page.keyboard.press('Enter');
  await playground.expectSignedIn('ada');
});

test('stores the token only for the tab', async ({ playground, context }) => {
  await playground.open();
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await playground.page.reload();
  await playground.ready();
  await expect(playground.page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await playground.write('operation.graphql', WHO);
  expect(await playground.run()).toEqual({ data: { viewer: { username: 'ada' } } });

  const other = new Playground(await context.newPage());
  await other.open();
  await expect(other.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  expect(await other.page.evaluate(() => JSON.stringify(localStorage))).not.toContain('eyJ');
});

test('prefers an Authorization header from the tab Headers', async ({ playground, server }) => {
  const token = await server.signIn('rhys2192', PASSWORD);
  await playground.open();
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await playground.write('operation.graphql', WHO);
  await playground.write('request-headers.json', JSON.stringify({ authorization: `Bearer ${token}` }));
  expect(await playground.run()).toEqual({ data: { viewer: { username: 'rhys2192' } } });

  await playground.write('request-headers.json', '{ "X-Request-Id": "written-by-hand" }');
  expect(await playground.run()).toEqual({ data: { viewer: { username: 'ada' } } });
});

test('lets operators run any document with --trusted-only', async ({ playground, startServer, watch }) => {
  const manifest = fileURLToPath(
    new URL('../../examples/mobile/__generated__/persisted-documents.json', import.meta.url),
  );
  const own = await startServer(['--trusted-only', '--persisted-documents', manifest]);
  await own.run(['users', 'set-role', 'ada', 'OPT_USER']);
  watch.allowConsole(/status of 403/);
  await playground.page.goto(`${own.origin}/playground`);
  await playground.ready();
  await playground.write('operation.graphql', WHO);
  expect((await playground.run()).errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  expect(await playground.run()).toEqual({ data: { viewer: { username: 'ada' } } });
});

test('shares the session with the explorer', async ({ playground, page }) => {
  await playground.open();
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await page.goto('/');
  await expect(page.getByRole('banner').getByRole('link', { name: '@ada' })).toBeVisible();
});

test('notices that a session has ended', async ({ playground, startServer, watch }) => {
  const own = await startServer();
  await playground.open(own.origin);
  await playground.write('operation.graphql', WHO);
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');

  // The server has a new signing key, so earlier tokens are not valid.
  await own.stop();
  await own.renewKey();
  await own.start();
  watch.allowConsole(/status of 401/);
  expect((await playground.run()).errors?.[0]).toMatchObject({ message: 'the token is not valid: sign in again' });
  await expect(playground.page.getByText('The session of ada has ended.')).toBeVisible();
  expect(await playground.run()).toEqual({ data: { viewer: null } });
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
});

test('ignores invalid data in its storage', async ({ playground, page }) => {
  await page.addInitScript(() => sessionStorage.setItem('followgraph:session', '{broken'));
  await playground.open();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
});

test('notices an expired session when it is opened', async ({ playground, page }) => {
  await playground.open();
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await page.evaluate(() => {
    const [[key, kept]] = Object.entries(sessionStorage) as [[string, string]];
    sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(kept), expiresAt: '2020-01-01T00:00:00Z' }));
  });
  await page.reload();
  await playground.ready();
  await expect(page.getByText('The session of ada has ended.')).toBeVisible();
});

test.describe('on a phone', () => {
  test.use(phone);

  test('signs in', async ({ playground, keepPicture }) => {
    await playground.open();
    await playground.signIn('yeva_kravets', PASSWORD);
    await expect(playground.page.getByRole('button', { name: 'Sign out' })).toBeInViewport();
    await keepPicture();
  });
});
