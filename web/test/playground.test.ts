import { expect, test } from './fixture.ts';

test('opens', async ({ page, keepPicture }) => {
  await page.goto('/playground');
  await expect(page.getByRole('button', { name: /Execute query/ })).toBeVisible();
  await keepPicture();
});
