import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { phone } from './window.ts';

const USERS = `{ users(first: 12, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { id username } } }`;
const PATH = `query ($from: ID!, $to: ID!) { shortestPath(fromId: $from, toId: $to) { status users { username } } }`;

test('shows how people are connected, and the other direction', async ({ explorer, page, server, expectAccessible }) => {
  const { users } = await server.ask<{ users: { nodes: { id: string; username: string }[] } }>(USERS);
  const [from, to] = [users.nodes[3]!, users.nodes[11]!];
  const path = async (one: typeof from, other: typeof from) =>
    (await server.ask<{ shortestPath: { status: string; users: { username: string }[] } }>(PATH, { from: one.id, to: other.id }))
      .shortestPath;
  await explorer.open(from.username);
  await page.getByRole('link', { name: 'How are they connected?' }).click();
  await expect(page).toHaveURL(`/paths/${from.username}`);
  await expect(page.getByText('Choose the person at the end of the chain.')).toBeVisible();
  const end = page.getByRole('combobox', { name: 'To' });
  await end.fill(to.username);
  await expect(explorer.options.first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/paths/${from.username}/${to.username}`);
  const there = await path(from, to);
  expect(there.status).toBe('FOUND');
  const chain = page.getByRole('list', { name: 'Chain of follows' });
  await expect(chain.locator('.person-username')).toHaveText(there.users.map(({ username }) => `@${username}`));
  await expect(chain.getByText(/^. (follows|follow each other) since/)).toHaveCount(there.users.length - 1);
  await expect(page.getByText(`in ${there.users.length - 1} follows`)).toBeFocused();
  await expect(page.getByRole('link', { name: 'Show in the graph' })).toHaveAttribute(
    'href',
    `/users/${from.username}?path=${to.username}`,
  );
  await expectAccessible();

  await page.getByRole('link', { name: 'Swap' }).click();
  await expect(page).toHaveURL(`/paths/${to.username}/${from.username}`);
  const back = await path(to, from);
  if (back.status === 'FOUND') {
    await expect(chain.locator('.person-username')).toHaveText(back.users.map(({ username }) => `@${username}`));
  } else await expect(page.getByText('No chain of follows leads from')).toBeVisible();
  await page.goBack();
  await expect(chain.locator('.person-username')).toHaveText(there.users.map(({ username }) => `@${username}`));
});

test('tells that there is no path apart from a search that ended at its limit', async ({ page, watch }) => {
  watch.allowConsole(/status of 404/);
  let status = 'NONE';
  await page.route(/%22fromId%22/, async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    Object.assign(answer.data.shortestPath, { status, length: null, users: [] });
    await route.fulfill({ response, json: answer });
  });
  await page.goto('/paths/ada/rhys2192');
  await expect(page.getByText('No chain of follows leads from')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Show in the graph' })).toHaveCount(0);
  status = 'LIMIT_REACHED';
  await page.getByRole('link', { name: /^From .*Rhys Jones.* to .*Ada Byron/ }).click();
  await expect(page).toHaveURL('/paths/rhys2192/ada');
  await expect(page.getByText('There can still be one.')).toBeVisible();
  await page.goto('/paths/ada/no.such.user');
  await expect(page.getByText('User not found: there is no user @no.such.user.')).toBeVisible();
  await page.unroute(/%22fromId%22/);
  await page.goto('/paths/ada/ada');
  await expect(page.getByText('This is the same person.')).toBeVisible();
});

test('shows people who the viewer knows', async ({ explorer, page, server, expectAccessible }) => {
  await explorer.open();
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  const token = await server.signIn('ada', 'correct horse battery');
  type Known = { followersYouKnow: { totalCount: number; nodes: { username: string }[] }; friends: { totalCount: number } };
  const { viewer } = await server.ask<{ viewer: { following: { nodes: (Known & { username: string })[] } } }>(
    '{ viewer { following(first: 60) { nodes { username friends(first: 0) { totalCount } followersYouKnow(first: 2) { totalCount nodes { username } } } } } }',
    {},
    token,
  );
  const user = viewer.following.nodes.find(({ followersYouKnow }) => followersYouKnow.totalCount > 2)!;
  await page.goto(`/users/${user.username}`);
  const others = user.followersYouKnow.totalCount - 2;
  const text = page.locator('.known');
  await expect(text).toContainText(`and ${others} ${others === 1 ? 'other' : 'others'} you follow`);
  for (const { username } of user.followersYouKnow.nodes) {
    await expect(text.locator(`a[href="/users/${username}"]`)).toBeVisible();
  }
  const lists = page.getByRole('navigation', { name: 'Lists' });
  await expect(lists.getByRole('link', { name: `Mutual ${user.friends.totalCount}` })).toBeVisible();
  await expectAccessible();
  await text.getByRole('link', { name: /you follow/ }).click();
  await expect(page).toHaveURL(`/users/${user.username}/known`);
  await page.getByRole('link', { name: 'How are you connected?' }).click();
  await expect(page).toHaveURL(`/paths/ada/${user.username}`);
  await expect(page.getByText(/^.Ada Byron. follows/)).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ ...phone, viewport: { width: 320, height: 640 } });

  test('has room for a chain', async ({ explorer, page, keepPicture, expectAccessible }) => {
    await page.goto('/paths/yeva_kravets/rhys2192');
    await expect(page.locator('.connection-answer')).toBeVisible();
    expect(await explorer.overflows()).toBe(false);
    await expectAccessible();
    await keepPicture();
  });
});
