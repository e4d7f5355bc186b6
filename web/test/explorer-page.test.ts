import { expectDrawn } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { desktop, phone } from './window.ts';

/**
 * The maximum transfer size of a first load in bytes, with the files, the data and the connection for live data.
 * TestExplorerIsLight bounds the files.
 */
const LIGHT = 250_000;

for (const [window, size] of Object.entries({ desktop, phone })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`in ${colorScheme}, on a ${window}`, () => {
      test.use({ ...size, colorScheme });

      test('is accessible', async ({ explorer, page, expectAccessible, keepPicture }) => {
        await explorer.open();
        await expectAccessible();
        await explorer.search.fill('ya');
        await expect(explorer.options.first()).toBeVisible();
        await expectAccessible();
        await explorer.open('ada');
        await expect(explorer.people.first()).toBeVisible();
        await expectAccessible();
        await keepPicture();
        await page.getByRole('button', { name: 'Sign in' }).click();
        await expect(explorer.dialog).toBeVisible();
        await expectAccessible();
      });
    });
  }
}

for (const path of ['/', '/users/ada']) {
  test(`loads few bytes: ${path}`, async ({ page, context }) => {
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    let total = 0;
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (total += encodedDataLength));
    await page.goto(path, { waitUntil: 'networkidle' });
    if (path !== '/') await expectDrawn(page);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(LIGHT);
  });
}

test('shows placeholders while the network is slow', async ({ explorer, page, hold, keepPicture, expectAccessible }) => {
  const release = await hold('**/graphql?*');
  await page.goto('/users/ada');
  await expect(page.getByRole('status').filter({ hasText: 'Loading…' }).first()).toBeAttached();
  await expect(page.locator('.skeleton').first()).toBeVisible();
  await expectAccessible();
  await keepPicture();
  release();
  await expect(explorer.name).toHaveText('Ada Byron');
  await expect(explorer.people).toHaveCount(40);
  await expect(page.locator('.skeleton')).toHaveCount(0);
});

test('shows that the server does not respond, and tries again', async ({ explorer, page, startServer, watch, keepPicture }) => {
  const own = await startServer();
  await explorer.open('ada', { origin: own.origin });
  await expectDrawn(page); // its code has loaded
  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  await own.stop();
  await explorer.choose('Following');
  const fault = page.getByRole('alert').filter({ hasText: `The server at ${own.origin} does not respond.` }).first();
  await expect(fault).toBeVisible();
  await expect(explorer.name).toHaveText('Ada Byron'); // loaded data stays
  await keepPicture();
  await own.start();
  await fault.getByRole('button', { name: 'Try again' }).click();
  await expect(explorer.people).toHaveCount(40);
});

test('retries automatically when the network is back', async ({ explorer, page, context, watch }) => {
  await explorer.open('ada');
  await expect(explorer.people).toHaveCount(40);
  await expectDrawn(page);
  watch.allowConsole(/ERR_INTERNET_DISCONNECTED/);
  await context.setOffline(true);
  await explorer.choose('Following');
  await expect(page.getByRole('alert').filter({ hasText: 'You are offline.' }).first()).toBeVisible();
  await page.getByRole('link', { name: 'How are they connected?' }).click(); // its code is not loaded yet
  await expect(page.getByRole('status').filter({ hasText: 'You are offline. The page continues' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('alert').filter({ hasText: 'You are offline.' }).first()).toBeVisible();
  // Browsers can report the network before requests succeed, as here.
  let refused = 0;
  await page.route('**/graphql?*', (route) => (++refused <= 2 ? route.abort('internetdisconnected') : route.continue()));
  await context.setOffline(false);
  await expect(explorer.people).toHaveCount(40);
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(refused).toBeGreaterThan(2);
});

test('works without the drawing if it cannot be loaded', async ({ explorer, page, watch }) => {
  watch.allowConsole(/ERR_FAILED/, /dynamically imported module/);
  await page.route('**/drawing-*.js', (route) => route.abort());
  await explorer.open('ada');
  await expect(page.getByRole('alert')).toContainText('The graph could not be loaded.');
  await expect(explorer.people).toHaveCount(40);
  await page.unroute('**/drawing-*.js');
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await expect(page.getByRole('application')).toBeVisible();
});

test('works with the keyboard only', async ({ explorer, page }) => {
  await explorer.open('ada');
  await expect(explorer.people.first()).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(explorer.profile.getByRole('link', { name: /followers/ })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter'); // following
  await expect(page).toHaveURL('/users/ada/following');
  await page.keyboard.press('Tab');
  await expect(explorer.followButton).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(explorer.dialog.getByLabel('Username')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(explorer.dialog).toBeHidden();
  await expect(explorer.followButton).toBeFocused();
});

test('shows the message of a limit of the API', async ({ explorer, page, startServer, watch }) => {
  // 422: the query for follows among the people costs more than the whole budget.
  watch.allowConsole(/status of 4(22|29)/);
  const own = await startServer(['--rate-limit-anonymous', '6']);
  await page.goto(`${own.origin}/users/ada`);
  // The requests of the page compete for the six points, so the rejected request and its cost differ.
  await expect(page.getByRole('alert').first()).toContainText(
    /The operation costs \d points?, but this caller has only [0-5] of 6 points left: try again in/,
  );
  expect(await explorer.overflows()).toBe(false);
});
