import { Drawing } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('each load draws the same picture, and a dragged person stays where they are put', async ({ explorer, page, hold }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  const first = await drawing.atRest();
  expect(Object.keys(first.people).length).toBeGreaterThan(20);
  for (const width of [1150, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    const release = await hold(/\/graphql.*ollow/); // some answers come late
    await page.reload();
    await release();
    await drawing.openList();
    expect((await drawing.atRest()).people).toEqual(first.people);
  }

  await drawing.place.locator('summary', { hasText: 'People shown' }).click();
  const before = await drawing.atRest();
  const { zoom, pan, people } = before;
  const box = (await drawing.stage.boundingBox())!;
  const inSight = Object.entries(people).map(([id, { x, y }]) => ({ id, x: x * zoom + pan.x, y: y * zoom + pan.y }));
  const one = inSight.find(({ x, y }) => x > 150 && x < box.width / 2 - 80 && y > 150 && y < box.height - 150)!;
  await page.mouse.move(box.x + one.x, box.y + one.y);
  await page.mouse.down();
  await page.mouse.move(box.x + one.x - 40, box.y + one.y + 30, { steps: 4 });
  await page.mouse.up();
  const after = await drawing.atRest();
  expect(after.people[one.id]!.x).toBeCloseTo(people[one.id]!.x - 40 / zoom, -0.5);
  expect(after.people[one.id]!.y).toBeCloseTo(people[one.id]!.y + 30 / zoom, -0.5);
  expect({ ...after.people, [one.id]: people[one.id] }).toEqual(people);
  await expect(drawing.panel).toHaveCount(0); // a drag is not a click
  await expect(page).toHaveURL(/\?move=/);
});
