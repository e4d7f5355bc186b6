import { test } from './explorer.ts';
import { expect } from './fixture.ts';

/** The number of people in the long list. It is longer than lists that are rendered as a whole. */
const MANY = 280;

test('renders the part of a long list near the window, and restores it', async ({ explorer, page, server, expectAccessible }) => {
  const { user } = await server.ask<{ user: { stats: { followersCount: number } } }>(
    '{ user(username: "ada") { stats { followersCount } } }',
  );
  await page.setViewportSize({ width: 1280, height: 700 });
  await explorer.open('ada');
  await expect(explorer.people).toHaveCount(40);
  const first = explorer.people.first();
  const name = await first.getByRole('link').innerText();
  await first.getByRole('link').focus();
  const lastPosition = () => explorer.people.last().getAttribute('aria-posinset').then(Number);
  await expect(async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    expect(await lastPosition()).toBeGreaterThanOrEqual(MANY);
  }).toPass();
  expect(await explorer.people.count()).toBeLessThan(120);
  // The row with the focus stays, and the keyboard continues there.
  await expect(first).toHaveAttribute('aria-posinset', '1');
  await expect(first.getByRole('link', { name })).toBeFocused();
  expect(await explorer.people.last().getAttribute('aria-setsize')).toBe(String(user.stats.followersCount));
  await expectAccessible();

  const row = page.locator('ul.people > [aria-posinset="150"]');
  // Between the pages of the list, so that rows outside the window decide the position.
  await expect(async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight * 0.5));
    expect(await row.count()).toBe(1);
  }).toPass();
  await row.scrollIntoViewIfNeeded();
  const username = await row.locator('.person-username').innerText();
  const top = await row.evaluate((element) => element.getBoundingClientRect().top);
  await row.getByRole('link').click();
  await expect(explorer.profile).toContainText(username);
  await page.goBack();
  const again = () => row.evaluate((element) => Math.abs(element.getBoundingClientRect().top)).catch(() => NaN);
  await expect.poll(async () => Math.abs((await again()) - top)).toBeLessThan(10); // heights of rows are fractions of pixels
  await expect(row.locator('.person-username')).toHaveText(username);

  await page.goto('/playground');
  await page.goBack();
  await expect.poll(async () => Math.abs((await again()) - top)).toBeLessThan(10); // heights of rows are fractions of pixels
  await expect(row.locator('.person-username')).toHaveText(username);
});
