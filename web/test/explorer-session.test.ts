import type { Locator } from '@playwright/test';

import { expectDrawn } from './drawing.ts';
import { Explorer, test } from './explorer.ts';
import { expect } from './fixture.ts';
import { PASSWORD } from './sample.ts';

test('signs in for this tab and signs out', async ({ explorer, page, context }) => {
  await explorer.open();
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(page.getByRole('heading', { name: 'Suggested for you' })).toBeVisible();
  await page.reload();
  await explorer.expectSignedIn('ada');

  const other = new Explorer(await context.newPage());
  await other.open();
  await expect(other.page.getByRole('button', { name: 'Sign in' })).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Suggested for you' })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('shows why the sign-in failed', async ({ explorer, page, startServer, watch }) => {
  const own = await startServer(['--attempts-per-account', '2']);
  await explorer.open(undefined, { origin: own.origin });
  const fault = explorer.dialog.getByRole('alert');
  await explorer.signIn('ada', 'correct horse');
  await expect(fault).toHaveText('The username or the password is wrong.');
  const again = page.waitForResponse('**/graphql');
  await page.keyboard.press('Enter');
  await again;
  await expect(fault).toHaveText('The username or the password is wrong.');
  await page.keyboard.press('Enter');
  await expect(fault).toContainText('Too many attempts to sign in');

  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  await own.stop();
  await page.keyboard.press('Enter');
  await expect(fault).toHaveText(`The server at ${own.origin} does not respond.`);
  await own.start();
  await explorer.dialog.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await explorer.expectSignedIn('ada');
});

test('asks to sign in if anonymous reads are disabled', async ({ explorer, page, startServer, watch }) => {
  watch.allowConsole(/status of 401/);
  const own = await startServer(['--anonymous-reads=false']);
  await page.goto(`${own.origin}/users/ada`);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).first().click();
  await explorer.fillIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(explorer.name).toHaveText('Ada Byron');
  await expect(explorer.people).toHaveCount(40);
});

test('does not end a session because an earlier session was rejected', async ({ explorer, page, startServer, watch }) => {
  watch.allowConsole(/status of 401/);
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('userId')) return route.continue();
    await held;
    const errors = [{ message: 'the token is not valid', extensions: { code: 'UNAUTHENTICATED' } }];
    return route.fulfill({ status: 401, json: { errors } });
  });
  await explorer.followButton.click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await explorer.signIn('yeva_kravets');
  await explorer.expectSignedIn('yeva_kravets');
  const refused = page.waitForResponse((response) => response.status() === 401);
  release();
  await refused;
  await explorer.choose('Following');
  await expect(explorer.people.first()).toBeVisible();
  await explorer.expectSignedIn('yeva_kravets');
});

test('leaves lists that require a session after signing out', async ({ explorer, page }) => {
  await explorer.open('ada');
  await explorer.signIn('rhys2192');
  await explorer.expectSignedIn('rhys2192');
  await explorer.choose('You know');
  await expect(page.getByRole('list', { name: 'You know' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('list', { name: 'Followers' }).getByRole('listitem').first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Followers', exact: true })).toHaveAttribute('aria-current', 'page');
});

test('creates an account, with faults beside their fields', async ({ explorer, page, startServer, expectAccessible, keepPicture }) => {
  const own = await startServer();
  await explorer.open('ada', { origin: own.origin });
  await page.getByRole('button', { name: 'Sign in' }).click();
  const { dialog } = explorer;
  await dialog.getByRole('button', { name: 'Create account' }).click();
  const [username, phone, password] = ['Username', 'Phone number', 'Password'].map((label) => dialog.getByLabel(label)) as [Locator, Locator, Locator];
  await username.fill('-ada');
  await dialog.getByLabel('First name').fill('Zoë');
  await phone.fill('044 668 18 00');
  await password.fill('short');
  await page.keyboard.press('Enter');
  await expect(username).toHaveAccessibleDescription(/^Username must have 1 to 64 ASCII letters/);
  await expect(phone).toHaveAccessibleDescription(/^Phone number must be \+/);
  await expect(password).toHaveAccessibleDescription(/^Password must have 8 to 72 bytes/);
  await expect(username).toBeFocused();
  await expect(dialog.getByRole('alert')).toHaveCount(0);
  await expect(dialog.locator('[aria-invalid]')).toHaveCount(3);
  await expectAccessible();
  await keepPicture('faults');

  await phone.fill('+41 44 668 18 00');
  await password.fill(PASSWORD);
  await username.fill('ada');
  await expect(dialog.locator('[aria-invalid]')).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(username).toHaveAccessibleDescription(/^Another account already has this username/);
  await expect(dialog.locator('[aria-invalid]')).toHaveCount(1);
  await username.fill('zoe.new');
  await page.keyboard.press('Enter');
  await explorer.expectSignedIn('zoe.new');
  await explorer.followButton.click();
  await expect(explorer.people.first()).toContainText('Zoë');
});

test('stays signed in on this device, in all tabs, until one signs out', async ({ explorer, page, context, startServer }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  const other = new Explorer(await context.newPage());
  await other.open('rhys2192', { origin: own.origin });
  // The other tab takes the session, but not what was wished in its dialog.
  await other.followButton.click();
  await expect(other.dialog).toBeVisible();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await explorer.dialog.getByLabel('Stay signed in on this device').check();
  await expect(explorer.dialog).toContainText('Everyone who uses this browser can use your account');
  await explorer.fillIn('ADA');
  await explorer.expectSignedIn('ada');
  await other.expectSignedIn('ada');
  await expect(other.followButton).toHaveText(/^Follow /);
  await page.close();
  await other.page.reload();
  await other.expectSignedIn('ada');
  const third = new Explorer(await context.newPage());
  await third.page.goto(`${own.origin}/playground`);
  await expect(third.page.getByText('ada', { exact: true })).toBeVisible();
  await other.page.getByRole('button', { name: 'Sign out' }).click();
  await expect(third.page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await third.open('rhys2192', { origin: own.origin });
  await expect(third.page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(await third.page.evaluate(() => [...Object.values(localStorage), ...Object.values(sessionStorage)].join())).not.toContain('token');
});

test('signs out all tabs of the user, and no other user', async ({ explorer, page, context }) => {
  const open = async (username: string) => {
    const tab = new Explorer(await context.newPage());
    await tab.open();
    await tab.signIn(username);
    await tab.expectSignedIn(username);
    return tab;
  };
  await explorer.open();
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  const [same, other] = [await open('ada'), await open('rhys2192')];
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(same.page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await other.expectSignedIn('rhys2192');
});

test('ends the session when it expires', async ({ explorer, page }) => {
  await page.clock.install();
  await explorer.open();
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await page.clock.fastForward('11:59:00');
  await explorer.expectSignedIn('ada');
  await page.clock.fastForward('00:02:00');
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  expect(await page.evaluate(() => Object.values(sessionStorage).join())).not.toContain('token');
});

test('suggests people to follow', async ({ explorer, page, startServer, watch, expectAccessible }) => {
  const own = await startServer();
  await own.ask('mutation ($input: RegisterInput!) { register(input: $input) { token } }', {
    input: { username: 'zoe.new', password: PASSWORD, phoneNumber: '+41446681800' },
  });
  await explorer.open(undefined, { origin: own.origin });
  let answers = false;
  watch.allowConsole(/ERR_FAILED/);
  await page.route(/%22first%22%3A6%7D/, (route) => (answers ? route.continue() : route.abort()));
  await explorer.signIn('zoe.new');
  await explorer.expectSignedIn('zoe.new');
  const suggested = page.getByRole('region', { name: 'Suggested for you' });
  await expect(suggested.getByRole('alert')).toContainText('does not respond');
  answers = true;
  await suggested.getByRole('button', { name: 'Try again' }).click();
  await expect(suggested).toContainText('No suggestions yet: follow people who follow others.');
  await expectAccessible();
  await explorer.search.fill('ada');
  await explorer.search.press('Enter');
  await expect(explorer.name).toHaveText('Ada Byron');
  await explorer.followButton.click();
  await expect(explorer.people.first()).toContainText('@zoe.new');
  await page.getByRole('link', { name: 'Followgraph home' }).click();
  await expect(suggested).toContainText('followed by 1 person you follow');
});

test('shows that the session has ended', async ({ explorer, page, startServer, watch }) => {
  const own = await startServer();
  watch.allowConsole(/status of 401/, /ERR_CONNECTION_REFUSED/);
  await explorer.open('ada', { origin: own.origin });
  await explorer.signIn('rhys2192');
  await explorer.expectSignedIn('rhys2192');
  await expect(explorer.people).toHaveCount(40);
  await expectDrawn(page); // its code has loaded
  await own.stop();
  await own.renewKey();
  await own.start();
  await explorer.choose('Following');
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  await expect(explorer.people.first()).toBeVisible();
  await explorer.signIn('rhys2192');
  await explorer.expectSignedIn('rhys2192');
});
