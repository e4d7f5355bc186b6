import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { phone } from './window.ts';

const MOST = `{ graphTotals { usersCount followsCount } users(first: 24, orderBy: { field: FOLLOWERS_COUNT, direction: DESC }) { nodes { username } } }`;

test('opens with a picture, the most followed people and the newest ones', async ({ explorer, page, server, expectAccessible, keepPicture }) => {
  const { users, graphTotals } = await server.ask<{
    users: { nodes: { username: string }[] };
    graphTotals: { usersCount: number; followsCount: number };
  }>(MOST);
  const usernames = users.nodes.map(({ username }) => `@${username}`);
  await explorer.open();
  await expect(page.locator('.home-drawing canvas').first()).toBeVisible();
  const [people, follows] = [graphTotals.usersCount, graphTotals.followsCount].map((total) => total.toLocaleString('en'));
  await expect(page.getByText(`${people} users · ${follows} follows`)).toBeVisible();
  const most = page.getByRole('list', { name: 'Most followed' });
  await expect(most.locator('.person-username')).toHaveText(usernames.slice(0, 12));
  await expect(page.getByRole('list', { name: 'Recently joined' }).locator('.person')).toHaveCount(40);
  await expectAccessible();
  await keepPicture();
  await page.getByRole('region', { name: 'Most followed' }).getByRole('button', { name: 'Show more' }).click();
  await expect(most.locator('.person-username')).toHaveText(usernames);
  await expect(most.locator('.person').nth(12).getByRole('link')).toBeFocused(); // the button is gone

  // The picture is a link. Nothing in it gets the focus.
  expect(await page.evaluate(() => document.querySelector('.home-drawing')!.matches('[inert]'))).toBe(true);
  await page.locator('.home-picture').scrollIntoViewIfNeeded();
  await page.locator('.home-picture').click({ position: { x: 100, y: 100 } });
  await expect(page).toHaveURL('/users/ada');
  await expect(explorer.name).toHaveText('Ada Byron');
});

test('helps to begin with an empty graph', async ({ explorer, page, expectAccessible }) => {
  await page.route(/%22first%22%3A12/, async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    Object.assign(answer.data.users, { edges: [], pageInfo: { ...answer.data.users.pageInfo, hasNextPage: false } });
    await route.fulfill({ response, json: answer });
  });
  await page.goto('/');
  await expect(page.getByText('There are no users yet.')).toBeVisible();
  await expect(page.getByText('followgraph sample')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Most followed' })).toHaveCount(0);
  await expectAccessible();
  await page.getByRole('button', { name: 'create the first account' }).click();
  await expect(explorer.dialog).toBeVisible();
});

test.describe('on a phone', () => {
  test.use(phone);

  test('the picture leads to the graph', async ({ explorer, page, keepPicture }) => {
    await explorer.open();
    await expect(page.getByRole('link', { name: /^The graph around .*Ada Byron/ })).toHaveAttribute('href', '/users/ada/drawing');
    expect(await explorer.overflows()).toBe(false);
    await keepPicture();
  });
});
