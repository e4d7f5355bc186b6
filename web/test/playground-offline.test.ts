import { expect } from './fixture.ts';
import { test } from './playground.ts';
import { PASSWORD } from './sample.ts';

const QUERY = '{ user(username: "ada") { stats { followersCount } } }';

test('shows that the server is down, and continues when it is back', async ({
  playground,
  startServer,
  watch,
  keepPicture,
}) => {
  const own = await startServer();
  const { page } = playground;
  await playground.open(own.origin);
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await playground.write('operation.graphql', QUERY);

  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  await own.stop();
  const message = `The Followgraph server at ${own.origin} does not respond.`;
  expect((await playground.run()).errors?.[0]?.message).toContain(message);
  // Signing out loads the schema again, without a response.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText(`Documentation and completion are not available: ${message}`)).toBeVisible();
  await keepPicture();

  await own.start();
  expect(await playground.text('operation.graphql')).toBe(QUERY);
  expect(await playground.run()).toEqual({ data: { user: { stats: { followersCount: 2002 } } } });
  await expect(page.getByText('Documentation and completion')).toBeHidden();
  await expect(page.getByRole('link', { name: 'UserFollowStats', exact: true })).toBeVisible();
});

test('loads the documentation once the server is back', async ({ playground, startServer, watch, keepPicture }) => {
  const own = await startServer();
  const { page } = playground;
  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  // The server stops between the page and its request for the schema.
  let isStopped = false;
  await page.route('**/graphql', async (route) => {
    if (!isStopped && route.request().postData()?.includes('__schema')) {
      isStopped = true;
      await playground.workersLoaded();
      await own.stop();
    }
    await route.continue();
  });
  await page.goto(`${own.origin}/playground`);
  await playground.ready();
  const notice = page.getByText('Documentation and completion are not available');
  await expect(notice).toContainText(`The Followgraph server at ${own.origin} does not respond.`);
  await keepPicture();

  await own.start();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('link', { name: 'UserFollowStats', exact: true })).toBeVisible();
  await expect(notice).toBeHidden();
});

test('shows that the editor could not be loaded', async ({ page, startServer, watch, keepPicture }) => {
  watch.allowConsole(/ERR_CONNECTION_REFUSED|Failed to fetch dynamically imported module/);
  const own = await startServer();
  await page.route(/application-.*\.js$/, async (route) => {
    await expect(page.getByText('The full editor is loading…')).toBeVisible();
    await own.stop();
    await route.continue();
  });
  await page.goto(`${own.origin}/playground`);
  await expect(page.getByRole('alert')).toContainText(`The full editor could not be loaded from ${own.origin}.`);
  await keepPicture();
});

test('explains that introspection is disabled', async ({ playground, startServer, watch, keepPicture }) => {
  watch.allowConsole(/status of 403/);
  const own = await startServer(['--introspection=false']);
  const { page } = playground;
  await playground.open(own.origin);
  const notice = page.getByText('Documentation and completion are not available');
  await expect(notice).toContainText('introspection is disabled on this server. Users with the role OPT_USER');
  expect((await playground.run()).data.user.followers.totalCount).toBe(2002);
  await keepPicture();

  await own.run(['users', 'set-role', 'ada', 'OPT_USER']);
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await expect(notice).toBeHidden();
  await expect(page.getByRole('link', { name: 'UserFollowStats', exact: true })).toBeVisible();
});

test('explains that callers have to sign in', async ({ playground, startServer, watch }) => {
  watch.allowConsole(/status of 401/);
  const own = await startServer(['--anonymous-reads=false']);
  const { page } = playground;
  await playground.open(own.origin);
  await expect(page.getByText('Documentation and completion are not available: sign in first')).toBeVisible();
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await expect(page.getByRole('link', { name: 'UserFollowStats', exact: true })).toBeVisible();
});
