import { Drawing } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('WebGL paints a large graph, and a canvas continues when it is lost', async ({ explorer, page, watch }) => {
  watch.allowConsole(/GPU stall due to ReadPixels/); // the price of WebGL without a GPU
  // Chromium has software WebGL here. The explorer does not use it, so give it another name.
  await page.addInitScript(() => {
    const { getParameter } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.getParameter = function (name) {
      const value: unknown = getParameter.call(this, name);
      return typeof value === 'string' && value.includes('SwiftShader') ? 'GPU' : value;
    };
  });
  const drawing = new Drawing(page);
  await explorer.open('ada', { query: '?expand=ada' });
  await drawing.openList();
  await drawing.row('in the middle').getByRole('button', { name: 'Show more connections of Ada Byron' }).click();
  await expect(page).toHaveURL('/users/ada?expand=ada:2');
  await expect.poll(async () => Object.keys((await drawing.atRest()).people).length).toBeGreaterThan(500);
  const before = await drawing.atRest();
  expect(before.painter).toBe('webgl');
  const [, all, ...parts] = (await drawing.note.innerText()).match(/^(\d+) people:.*?(\d+) mutual follows, (\d+) other followers and (\d+) others? followed/)!.map(Number);
  expect(1 + parts.reduce((sum, part) => sum + part, 0)).toBe(all);

  const surface = drawing.place.locator('.drawing-surface');
  const lost = await surface.evaluate((element) => {
    const contexts = [...element.querySelectorAll('canvas')].flatMap((canvas) => canvas.getContext('webgl2') ?? []);
    for (const context of contexts) context.getExtension('WEBGL_lose_context')!.loseContext();
    return contexts.length;
  });
  expect(lost).toBeGreaterThan(0);
  await expect.poll(async () => (await drawing.atRest()).painter).toBe('canvas');
  const { people } = await drawing.atRest();
  expect(people).toEqual(before.people);
  const middle = await surface.evaluate((element) => {
    const { width, height } = element.querySelector('canvas')!;
    return element.querySelector('canvas')!.getContext('2d')!.getImageData(width / 4, height / 4, width / 2, height / 2).data.some(Boolean);
  });
  expect(middle).toBe(true);
});
