import { expect } from './fixture.ts';
import { test } from './playground.ts';
import { PASSWORD } from './sample.ts';

const QUERY = '{ user(username: "ada") { stats { followersCount } } }';

test('says that the server is down, and goes on when it is back', async ({
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
  const message = `The Followgraph server at ${own.origin} does not answer.`;
  expect((await playground.run()).errors?.[0]?.message).toContain(message);
  // Signing out asks for the schema anew, which nobody answers.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText(`There is no documentation yet, nor completion: ${message}`)).toBeVisible();
  await keepPicture();

  await own.start();
  expect(await playground.text('operation.graphql')).toBe(QUERY);
  expect(await playground.run()).toEqual({ data: { user: { stats: { followersCount: 2002 } } } });
  await expect(page.getByText('There is no documentation')).toBeHidden();
  await expect(page.getByRole('link', { name: 'UserFollowStats', exact: true })).toBeVisible();
});

test('loads the documentation once the server is back', async ({ playground, startServer, watch, keepPicture }) => {
  const own = await startServer();
  const { page } = playground;
  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  // The server goes away between the page and its first question.
  await page.route(
    '**/graphql',
    async (route) => {
      await playground.workersLoaded();
      await own.stop();
      await route.continue();
    },
    { times: 1 },
  );
  await page.goto(`${own.origin}/playground`);
  await playground.ready();
  const notice = page.getByText('There is no documentation yet, nor completion');
  await expect(notice).toContainText(`The Followgraph server at ${own.origin} does not answer.`);
  await keepPicture();

  await own.start();
  await page.getByRole('button', { name: 'Load it again' }).click();
  await expect(page.getByRole('link', { name: 'UserFollowStats', exact: true })).toBeVisible();
  await expect(notice).toBeHidden();
});

test('says that the editor could not be loaded', async ({ page, startServer, watch, keepPicture }) => {
  watch.allowConsole(/ERR_CONNECTION_REFUSED|Failed to fetch dynamically imported module/);
  const own = await startServer();
  await page.route(/application-.*\.js$/, async (route) => {
    // The page stands before any of the editor is there.
    await expect(page.getByText('Loading the editor…')).toBeVisible();
    await own.stop();
    await route.continue();
  });
  await page.goto(`${own.origin}/playground`);
  await expect(page.getByRole('alert')).toContainText(`The editor could not be loaded from ${own.origin}.`);
  await keepPicture();
});

test('explains that introspection is switched off', async ({ playground, startServer, watch, keepPicture }) => {
  watch.allowConsole(/status of 403/);
  const own = await startServer(['--introspection=false']);
  const { page } = playground;
  await playground.open(own.origin);
  const notice = page.getByText('There is no documentation here, nor completion');
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
  await expect(page.getByText('There is no documentation yet, nor completion: sign in first')).toBeVisible();
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await expect(page.getByRole('link', { name: 'UserFollowStats', exact: true })).toBeVisible();
});
