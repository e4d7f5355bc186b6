import { Server } from '../../clients/server.ts';
import { expect } from './fixture.ts';
import { EXCEPTIONS, Playground, test } from './playground.ts';
import { PASSWORD } from './sample.ts';
import { phone } from './window.ts';

const QUERY = 'query Who($name: String!) { user(username: $name) { username } }';

test('shares a query by a link, and as a command', async ({ playground, page, context, server }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await playground.open();
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  await playground.write('operation.graphql', QUERY);
  await playground.write('variables.json', '{ "name": "grace" }');
  await page.getByRole('button', { name: 'Copy link to this query' }).click();
  await expect(page.getByText('Link copied.')).toBeVisible();
  const link = await copied();

  await page.getByRole('button', { name: 'Copy as curl command' }).click();
  await expect(page.getByText('Set the shell variable TOKEN')).toBeVisible();
  const command = await copied();
  expect(command).toContain(`curl '${server.origin}/graphql'`);
  expect(command).not.toContain('eyJ');

  await playground.write('operation.graphql', `# ${'x'.repeat(8_000)}`);
  await page.getByRole('button', { name: 'Copy link to this query' }).click();
  await expect(page.getByText('and the limit is 8000')).toBeVisible();

  // A link does not run by itself, and has its own tab.
  const other = new Playground(await context.newPage());
  await other.page.goto(link);
  await other.ready();
  expect(await other.text('operation.graphql')).toBe(QUERY);
  await expect(other.page.getByText('Press Run')).toBeVisible();
  expect(await other.run()).toEqual({ data: { user: { username: 'grace' } } });
  await expect(other.report).toContainText('from memory');
  await expect(other.page).toHaveURL(link);
  await other.write('variables.json', '{ "name": "ada" }');
  await expect(other.page).toHaveURL(/\/playground$/);
  await other.page.getByRole('link', { name: 'Explorer' }).click();
  await expect(other.page).toHaveURL(`${server.origin}/`);
});

test('runs a document by its id', async ({ playground, page, watch, expectAccessible, keepPicture }) => {
  watch.allowConsole(/status of 404/);
  await playground.open();
  await playground.write('operation.graphql', '{ user(username: "grace") { username } }');
  await playground.write('variables.json', '');
  await page.getByRole('button', { name: 'Show Persisted documents' }).click();
  const panel = page.getByRole('region', { name: 'Persisted documents' });
  await panel.getByRole('button', { name: 'Use the id of the query' }).click();
  await expect(panel.getByLabel('Document id')).toHaveValue(/^[0-9a-f]{64}$/);
  const known = { data: { user: { username: 'grace' } } };
  const unknown = (await playground.run(panel.getByRole('button', { name: 'Run by id' }))).errors?.[0];
  expect(unknown?.extensions?.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  await panel.getByRole('button', { name: 'Send the query with its id' }).click();
  await expect.poll(async () => JSON.parse(await playground.text('response.json'))).toEqual(known);
  await panel.getByRole('button', { name: 'Run by id' }).click();
  await expect(playground.report).toContainText('200 OK');
  await keepPicture();
  await expectAccessible(EXCEPTIONS);
});

test('fills the ready queries with users of the graph', async ({ playground, page, ownServers }) => {
  const own = await Server.create();
  ownServers.push(own);
  await own.start();
  await playground.open(own.origin);
  await expect(page.getByText('This graph has no users yet')).toBeVisible();
  expect(await playground.run()).toEqual({ data: { user: null } });

  const usernames = ['zed', 'yara'];
  for (const [index, username] of usernames.entries()) {
    await own.ask('mutation ($input: RegisterInput!) { register(input: $input) { token } }', {
      input: { username, password: PASSWORD, phoneNumber: `+4930901820${index}` },
    });
  }
  await page.reload();
  await playground.ready();
  await expect.poll(async () => usernames.includes(JSON.parse(await playground.text('variables.json')).username)).toBe(true);
  for (const tab of ['NewestFollowers', 'MostFollowed', 'SearchUsers', 'FriendsAndInCommon', 'HowConnected']) {
    await playground.choose(tab);
    const answer = await playground.run();
    expect(answer.errors, tab).toBeUndefined();
    expect(JSON.stringify(answer), tab).not.toMatch(/"user":null/);
  }
});

test.describe('phone', () => {
  test.use(phone);

  test('brings the answer into sight', async ({ playground, page }) => {
    await playground.open();
    await playground.run();
    await expect(playground.report).toBeInViewport();
    await expect(page.getByRole('heading', { name: 'Followgraph playground' })).toBeInViewport();
    for (const width of [320, 390, 640, 701, 1000]) {
      await page.setViewportSize({ width, height: 800 });
      await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeInViewport({ ratio: 1 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  });
});
