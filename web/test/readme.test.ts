import { expectDrawn } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { Playground } from './playground.ts';

// The pictures of the project's README. See web/README.md.

test('explorer', async ({ explorer, page, keepPicture }) => {
  await explorer.open('ada');
  await expect(explorer.people).toHaveCount(40);
  await expectDrawn(page);
  // Wait until all nodes are at rest.
  const stage = page.getByRole('application');
  let before = await stage.screenshot();
  await expect(async () => {
    const now = await stage.screenshot();
    const isStill = now.equals(before);
    before = now;
    expect(isStill).toBe(true);
  }).toPass();
  await keepPicture();
});

test('playground', async ({ page, keepPicture }) => {
  const playground = new Playground(page);
  await playground.open();
  expect((await playground.run()).data.user.username).toBe('ada');
  await keepPicture();
});
