import { expectDrawn } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { PASSWORD } from './sample.ts';

test('follows after signing in', async ({ explorer, page, startServer, keepPicture }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  const [followers] = await explorer.counts();
  const name = `\u2068${await explorer.name.innerText()}\u2069`; // isolated
  // A dialog that was closed changes nothing.
  await explorer.followButton.click();
  await page.keyboard.press('Escape');
  await expect(explorer.dialog).toBeHidden();
  await explorer.signIn('yeva_kravets');
  await explorer.expectSignedIn('yeva_kravets');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  await page.getByRole('button', { name: 'Sign out' }).click();

  await explorer.followButton.click();
  await expect(explorer.dialog).toContainText(`You follow ${name} as soon as you are signed in.`);
  await explorer.dialog.getByLabel('Username').fill('ada');
  await explorer.dialog.getByLabel('Password').fill(PASSWORD);
  await keepPicture('dialog');
  await page.keyboard.press('Enter');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Following/);
  await expect(page.getByText(`You follow ${name} now.`)).toBeVisible();
  await expect(explorer.people.first()).toContainText('@ada');
  expect((await explorer.counts())[0]).toBe(followers + 1);
  await page.getByRole('button', { name: 'Sign out' }).click();

  // It is idempotent, and a user cannot follow themselves.
  await explorer.followButton.click();
  await explorer.fillIn('ada');
  await expect(page.getByText(`You already follow ${name}.`)).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await explorer.followButton.click();
  await explorer.fillIn('rhys2192');
  await expect(page.getByText('This is you')).toBeVisible();
  await expect(explorer.followButton).toHaveCount(0);
  expect((await explorer.counts())[0]).toBe(followers + 1);
});

test('follows and unfollows, with an optimistic update', async ({ explorer, page, startServer, keepPicture }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  const [followers, following] = await explorer.counts();
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  await expect(explorer.profile.getByText('Follows you')).toBeVisible();

  // Before the server responds.
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

  // The viewer's own page shows it without a reload.
  await page.getByRole('banner').getByRole('link', { name: '@ada' }).click();
  await explorer.choose('Following');
  const row = explorer.people.first();
  await expect(row).toContainText('@rhys2192');
  await expect(explorer.name).toHaveText('Ada Byron');
  const [, before] = await explorer.counts();
  await row.getByRole('button', { name: /^Following/ }).press('Enter');
  await expect(row.getByRole('button', { name: /^Follow / })).toBeFocused(); // the button keeps the focus
  await expect.poll(async () => (await explorer.counts())[1]).toBe(before - 1);
  await expect.poll(async () => (await truth()).user.stats.followersCount).toBe(followers);
  await explorer.choose('Followers');
  await explorer.choose('Following');
  await expect(row).not.toContainText('@rhys2192');
});

test('sends the position of a follow with the queries after it', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.headers()['followgraph-position'] ?? ''));
  const following = page.waitForResponse((response) => response.request().postData()?.includes('"userId"') ?? false);
  await explorer.followButton.click();
  const position = (await (await following).headerValue('followgraph-position')) ?? '';
  expect(position).toMatch(/^\d+\.1\.[0-9A-F]{16}$/);
  await expect(explorer.people.first()).toContainText('@ada'); // the list is loaded again
  expect(sent[0]! < position, 'the mutation has the position of an earlier answer').toBe(true);
  expect(sent.at(-1)! >= position, 'the list has that of the mutation').toBe(true);
});

test('a double click counts as one click', async ({ explorer, startServer }) => {
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

test('skips no person and repeats no person when a list changes', async ({ explorer, startServer }) => {
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

test('rolls back a follow that the server rejects', async ({ explorer, page, startServer, keepPicture }) => {
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

test('shows that a user was deleted', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  // Running requests would also show it.
  await page.reload();
  await expect(explorer.people.first()).toBeVisible();
  await expectDrawn(page);
  const token = await own.signIn('rhys2192', PASSWORD);
  await own.ask('mutation { deleteAccount(input: {}) { deletedUserId } }', {}, token);
  await explorer.followButton.click();
  await expect(explorer.name).toHaveText('User not found');
  await expect(page.getByText('There is no user @rhys2192.')).toBeVisible();
});

test('rolls back a follow if the server is down', async ({ explorer, page, startServer, watch }) => {
  const own = await startServer();
  await explorer.open('rhys2192', { origin: own.origin });
  await expectDrawn(page); // its code has loaded
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  const counts = await explorer.counts();
  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  await own.stop();
  await explorer.followButton.click();
  await expect(explorer.profile.getByRole('alert')).toHaveText(`The server at ${own.origin} does not respond.`);
  await expect(explorer.followButton).toHaveText(/^Follow /);
  expect(await explorer.counts()).toEqual(counts);

  await own.start();
  await explorer.followButton.click();
  await expect(explorer.followButton).toHaveText(/^Following/);
  await expect(explorer.profile.getByRole('alert')).toHaveCount(0);
  expect(await explorer.counts()).toEqual([counts[0] + 1, counts[1]]);
});
