import { Drawing } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('the drawing stays when a user signs in and out', async ({ explorer, page }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  const few = await drawing.people.count();
  await drawing.people.nth(1).getByRole('button', { name: /^Show connections/ }).click();
  await expect.poll(() => drawing.people.count()).toBeGreaterThan(few);
  await drawing.people.nth(2).getByRole('button').first().click();
  const name = await drawing.panel.getByRole('heading').innerText();
  await drawing.place.getByRole('button', { name: 'Zoom in' }).click();
  const before = await drawing.atRest();

  await explorer.signIn('rhys2192');
  await explorer.expectSignedIn('rhys2192');
  await expect(explorer.followButton).toHaveText(/^Following/);
  expect(await drawing.atRest()).toEqual(before);
  await expect(drawing.panel.getByRole('heading')).toHaveText(name);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(explorer.followButton).toHaveText(/^Follow /);
  await explorer.signIn('yeva_kravets');
  await explorer.expectSignedIn('yeva_kravets');
  await expect(explorer.followButton).toHaveText(/^Following/);
  expect(await drawing.atRest()).toEqual(before);
  await expect(drawing.panel.getByRole('heading')).toHaveText(name);
  await expect(drawing.people.nth(1).getByRole('button', { name: /^Show connections/ })).toHaveCount(0);
});

test('the drawing updates after a follow', async ({ explorer, page, startServer }) => {
  const drawing = new Drawing(page);
  const own = await startServer();
  await explorer.open('ada', { origin: own.origin, query: '?by=newest' });
  await drawing.openList();
  await explorer.signIn('rhys2192');
  await explorer.expectSignedIn('rhys2192');
  await expect(drawing.row('Rhys Jones')).toContainText('follows');
  await expect(drawing.note).toContainText('has 2,002 followers');
  await drawing.atRest(); // everything was requested again
  await expect(explorer.followButton).toHaveText(/^Following/);
  await explorer.followButton.click(); // unfollows
  await expect(drawing.note).toContainText('has 2,001 followers');
  await expect(drawing.row('Rhys Jones')).toContainText('not connected to');
  await explorer.followButton.click();
  await expect(drawing.note).toContainText('has 2,002 followers');
  await expect(drawing.row('Rhys Jones')).toContainText('follows');

  // The panel of the selected person has the same button.
  await drawing.choose('Ada Byron');
  await drawing.panel.getByRole('button', { name: /^Following/ }).click();
  await expect(drawing.note).toContainText('has 2,001 followers');
  await expect(explorer.followButton).toHaveText(/^Follow /);
});

test('the drawing disappears after signing out if anonymous reads are disabled', async ({ explorer, page, startServer, watch }) => {
  watch.allowConsole(/status of 401/);
  const drawing = new Drawing(page);
  const own = await startServer(['--anonymous-reads=false']);
  await page.goto(`${own.origin}/users/ada`);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).first().click();
  await explorer.fillIn('rhys2192');
  await explorer.expectSignedIn('rhys2192');
  await drawing.openList();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(drawing.place).toHaveCount(0);
  await expect(page.getByRole('main')).not.toContainText('Byron');
  await expect(page.getByRole('main')).not.toContainText('Rhys');
});

test('the drawing stays when the session ends', async ({ explorer, page, startServer, watch }) => {
  watch.allowConsole(/status of 401/, /ERR_CONNECTION_REFUSED/);
  const drawing = new Drawing(page);
  const own = await startServer();
  await explorer.open('ada', { origin: own.origin });
  await explorer.signIn('rhys2192');
  await explorer.expectSignedIn('rhys2192');
  await drawing.openList();
  const before = await drawing.atRest();
  await own.stop();
  await own.renewKey();
  await own.start();
  await drawing.people.nth(1).getByRole('button', { name: /^Show connections/ }).click();
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  const count = Object.keys(before.people).length;
  await expect.poll(() => drawing.people.count()).toBeGreaterThan(count);
  await expect(drawing.place.getByRole('alert')).toHaveCount(0);
  expect(Object.keys((await drawing.atRest()).people)).toEqual(expect.arrayContaining(Object.keys(before.people)));
});
