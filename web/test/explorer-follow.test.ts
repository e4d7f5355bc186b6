import { expectDrawn } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { PASSWORD } from './sample.ts';

test('follows and unfollows, and shows it at once', async ({ explorer, page, startServer, keepPicture }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  const [followers, following] = await explorer.counts();

  // Who is not signed in is asked to be.
  await explorer.followButton.click();
  await explorer.dialog.getByLabel('Username').fill('ada');
  await explorer.dialog.getByLabel('Password').fill(PASSWORD);
  await keepPicture('dialog');
  await page.keyboard.press('Enter');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  await expect(explorer.profile.getByText('Follows you')).toBeVisible();

  // While the server has not answered yet.
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/graphql', async (route) => {
    if (route.request().method() === 'POST') await held;
    await route.continue();
  });
  await explorer.followButton.click();
  await expect(explorer.followButton).toHaveText(/^Following/);
  expect(await explorer.counts()).toEqual([followers + 1, following]);
  release();
  await expect(explorer.people.first()).toContainText('@ada');
  await expect(explorer.followButton).toHaveAttribute('aria-busy', 'false');
  expect(await explorer.counts()).toEqual([followers + 1, following]);
  await keepPicture();
  const truth = () =>
    own.ask<{ user: { stats: { followersCount: number } } }>('{ user(username: "rhys2192") { stats { followersCount } } }');
  expect((await truth()).user.stats.followersCount).toBe(followers + 1);

  // The viewer's own page knows of it without being loaded anew.
  await page.getByRole('banner').getByRole('link', { name: '@ada' }).click();
  await explorer.choose('Following');
  const row = explorer.people.first();
  await expect(row).toContainText('@rhys2192');
  await expect(explorer.name).toHaveText('Ada Byron');
  const [, before] = await explorer.counts();
  await row.getByRole('button', { name: /^Following/ }).press('Enter');
  await expect(row.getByRole('button', { name: /^Follow / })).toBeFocused(); // one may think again
  await expect.poll(async () => (await explorer.counts())[1]).toBe(before - 1);
  await expect.poll(async () => (await truth()).user.stats.followersCount).toBe(followers);
  await explorer.choose('Followers');
  await explorer.choose('Following');
  await expect(row).not.toContainText('@rhys2192');
});

test('takes a double click for one', async ({ explorer, startServer }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  const [followers] = await explorer.counts();
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  await explorer.followButton.dblclick();
  await expect(explorer.people.first()).toContainText('@ada');
  await expect(explorer.followButton).toHaveText(/^Following/);
  expect((await explorer.counts())[0]).toBe(followers + 1);
});

test('leaves nobody out and shows nobody twice when a list changes', async ({ explorer, startServer }) => {
  const own = await startServer();
  const newest = async () => {
    const { user } = await own.ask<{ user: { followers: { nodes: { username: string }[] } } }>(
      '{ user(username: "hina_sato") { followers(first: 100) { nodes { username } } } }',
    );
    return user.followers.nodes.map(({ username }) => username);
  };
  await explorer.open('hina_sato', { origin: own.origin });
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await explorer.readOn(100);
  for (const label of [/^Following /, /^Follow /]) {
    await explorer.followButton.click();
    await expect(explorer.followButton).toHaveText(label);
    await expect(explorer.followButton).toHaveAttribute('aria-busy', 'false');
    await expect.poll(async () => (await explorer.usernames()).slice(0, 100)).toEqual(await newest());
  }
});

test('takes a follow back where the server refuses', async ({ explorer, page, startServer, keepPicture }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  const counts = await explorer.counts();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('userId')) return route.continue();
    await held;
    const errors = [{ message: 'no more follows today', path: ['followUser'], extensions: { code: 'FORBIDDEN' } }];
    return route.fulfill({ json: { data: { followUser: null }, errors } });
  });
  await explorer.followButton.click();
  await expect(explorer.followButton).toHaveText(/^Following/);
  expect(await explorer.counts()).toEqual([counts[0] + 1, counts[1]]);
  release();
  await expect(explorer.profile.getByRole('alert')).toHaveText('No more follows today.');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  expect(await explorer.counts()).toEqual(counts);
  await keepPicture();
});

test('sees that somebody is gone', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  // What is still asked for would know of it by itself.
  await page.reload();
  await expect(explorer.people.first()).toBeVisible();
  await expectDrawn(page);
  const token = await own.signIn('rhys2192', PASSWORD);
  await own.ask('mutation { deleteAccount(input: {}) { deletedUserId } }', {}, token);
  await explorer.followButton.click();
  await expect(explorer.name).toHaveText('Nobody has this name');
  await expect(page.getByText('There is no user @rhys2192.')).toBeVisible();
});

test('takes a follow back where the server is gone', async ({ explorer, page, startServer, watch }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  await expectDrawn(page); // its code has come
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  const counts = await explorer.counts();
  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  await own.stop();
  await explorer.followButton.click();
  await expect(explorer.profile.getByRole('alert')).toHaveText(`The server at ${own.origin} does not answer.`);
  await expect(explorer.followButton).toHaveText(/^Follow /);
  expect(await explorer.counts()).toEqual(counts);

  await own.start();
  await explorer.followButton.click();
  await expect(explorer.followButton).toHaveText(/^Following/);
  await expect(explorer.profile.getByRole('alert')).toHaveCount(0);
  expect(await explorer.counts()).toEqual([counts[0] + 1, counts[1]]);
});
