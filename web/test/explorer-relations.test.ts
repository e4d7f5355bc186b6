import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { phone } from './window.ts';

test('removes followers', async ({ explorer, page, startServer, expectAccessible, keepPicture }) => {
  const own = await startServer();
  await explorer.open('ada', { origin: own.origin });
  await expect(page.getByRole('button', { name: /^Remove/ })).toHaveCount(0);
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  const [followers] = await explorer.counts();
  const row = explorer.people.filter({ hasText: '@rhys2192' });
  await row.getByRole('button', { name: 'Remove' }).click();
  const question = page.getByRole('alertdialog');
  await expect(question).toContainText('from your followers?');
  await expectAccessible();
  await keepPicture();
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  expect((await explorer.counts())[0]).toBe(followers);

  await row.getByRole('button', { name: 'Remove' }).press('Enter');
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('does not follow you any more.')).toBeVisible();
  await expect(row).toHaveCount(0);
  await expect(explorer.people.first()).toContainText('@yeva_kravets');
  expect((await explorer.counts())[0]).toBe(followers - 1);

  // Also on the page of a follower.
  await explorer.open('yeva_kravets', { origin: own.origin });
  await explorer.profile.getByRole('button', { name: 'Remove follower' }).click();
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(explorer.profile.getByText('Follows you')).toHaveCount(0);
  const { user } = await own.ask<{ user: { stats: { followersCount: number } } }>(
    '{ user(username: "ada") { stats { followersCount } } }',
  );
  expect(user.stats.followersCount).toBe(followers - 2);

  // The viewer is marked in lists of others.
  await explorer.followButton.click();
  await expect(explorer.people.first()).toContainText('@ada');
  await expect(explorer.people.first().getByText('You', { exact: true })).toBeVisible();
});

interface Common {
  user: Record<'followersInCommon' | 'followingInCommon', { totalCount: number; nodes: { username: string }[] }>;
}

test('compares two people', async ({ explorer, page, server, watch, expectAccessible, keepPicture }) => {
  watch.allowConsole(/status of 404/);
  const users = await server.ask<Record<'one' | 'other', { id: string }>>(
    '{ one: user(username: "ada") { id } other: user(username: "hina_sato") { id } }',
  );
  const { user } = await server.ask<Common>(
    `query ($one: ID!, $with: ID!) { user(id: $one) {
      followersInCommon(with: $with, first: 20) { totalCount nodes { username } }
      followingInCommon(with: $with, first: 20) { totalCount nodes { username } }
    } }`,
    { one: users.one.id, with: users.other.id },
  );
  await explorer.open('ada');
  await page.getByRole('link', { name: 'Compare…' }).click();
  await page.getByRole('combobox', { name: 'Person to compare with' }).fill('hina_sato');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/compare/ada/hina_sato');
  const tabs = page.getByRole('navigation', { name: 'Lists' }).getByRole('link');
  const { followersInCommon: followers, followingInCommon: following } = user;
  await expect(tabs.first()).toHaveText(`Followers in common (${followers.totalCount.toLocaleString('en-GB')})`);
  const listed = (label: string) => page.getByRole('list', { name: label }).locator('.person-username');
  await expect(listed('The two people')).toHaveText(['@ada', '@hina_sato']);
  await expect.poll(async () => (await listed('Followers in common').allTextContents()).slice(0, 20)).toEqual(
    followers.nodes.map(({ username }) => `@${username}`),
  );
  await expectAccessible();
  await keepPicture();
  await tabs.last().click();
  await expect(tabs.last()).toHaveText(`Both follow (${following.totalCount.toLocaleString('en-GB')})`);
  await expect.poll(async () => (await listed('Both follow').allTextContents()).slice(0, 20)).toEqual(
    following.nodes.map(({ username }) => `@${username}`),
  );
  await expect(page.getByRole('link', { name: 'How are they connected?' })).toHaveAttribute('href', '/paths/ada/hina_sato');
  await page.goto('/compare/ada/nosuch');
  await expect(page.getByText('There is no user @nosuch.')).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ ...phone, viewport: { width: 320, height: 640 }, colorScheme: 'dark' });

  test('compares with the viewer', async ({ explorer, page, expectAccessible, keepPicture }) => {
    await explorer.open('rhys2192');
    await explorer.signIn('ada');
    await explorer.expectSignedIn('ada');
    await page.getByRole('link', { name: 'Compare…' }).click();
    await page.getByRole('link', { name: 'Compare with you' }).click();
    await expect(page.getByText(/has followed you since/)).toBeVisible();
    expect(await explorer.overflows()).toBe(false);
    await expectAccessible();
    await keepPicture();
  });
});
