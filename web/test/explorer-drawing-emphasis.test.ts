import { Drawing, type Drawn } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** Returns the elements whose classes differ between two states. */
function changesOf(before: Drawn, after: Drawn): string[] {
  return Object.keys(after.classes)
    .filter((id) => after.classes[id]!.join() !== before.classes[id]!.join())
    .toSorted();
}

function having(drawn: Drawn, name: string): string[] {
  return Object.keys(drawn.classes).filter((id) => drawn.classes[id]!.includes(name));
}

/** Returns a person, their lines and the people at the other ends. */
function around(drawn: Drawn, id: string): Set<string> {
  const lines = Object.entries(drawn.lines).filter(([, ends]) => ends.includes(id));
  return new Set([id, ...lines.flatMap(([line, ends]) => [line, ...ends])]);
}

/** Expects the emphasis of a selected person other than the middle. */
function expectSelected(drawn: Drawn, id: string): void {
  const near = around(drawn, id);
  expect(having(drawn, 'selected')).toEqual([id]);
  expect(drawn.classes[id]).toContain('named');
  for (const [element, classes] of Object.entries(drawn.classes)) {
    expect(classes.includes('faded'), element).toBe(!near.has(element));
  }
  for (const [line, [follower, followed]] of Object.entries(drawn.lines)) {
    const classes = drawn.classes[line]!;
    const isOneWay = !classes.includes('mutual');
    expect(classes.includes('lit'), line).toBe(near.has(line));
    expect(classes.includes('from'), line).toBe(isOneWay && follower === id);
    expect(classes.includes('to'), line).toBe(isOneWay && followed === id);
  }
}

test('a selection changes only its person, lines and neighbours', async ({ explorer, page }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  const none = await drawing.atRest();
  expect(having(none, 'faded')).toEqual([]);
  const rows = drawing.people.locator('.drawing-person'); // the person in the middle, then her followers

  await rows.nth(3).click();
  const first = await drawing.atRest();
  const [one] = having(first, 'selected');
  expectSelected(first, one!);

  const styles = await drawing.watchStyles();
  await rows.nth(5).click();
  await expect(rows.nth(5)).toHaveAttribute('aria-pressed', 'true');
  const second = await drawing.atRest();
  const [other] = having(second, 'selected');
  expect(other).not.toBe(one);
  expectSelected(second, other!);
  const changed = changesOf(first, second);
  expect(await styles.touched()).toEqual(changed);
  const near = new Set([...around(first, one!), ...around(second, other!)]);
  const names = new Set([...having(first, 'named'), ...having(second, 'named')]); // one name makes room for another
  expect(changed.filter((id) => !near.has(id) && !names.has(id))).toEqual([]);
  expect(changed.length).toBeLessThan(Object.keys(second.classes).length / 2);

  // The people and lines of a path are never faded, for any selection.
  await drawing.panel.getByRole('button', { name: 'Find path to…' }).click();
  await rows.first().click();
  await expect(drawing.path).toHaveAccessibleName('Path of 1 follow');
  const path = await drawing.atRest();
  const [middle] = having(path, 'middle');
  const way = having(path, 'path');
  expect(way).toEqual(expect.arrayContaining([other, middle]));
  expect(way).toHaveLength(3);
  expect(having(path, 'lit')).toEqual([]);
  expect(having(path, 'faded')).toEqual(Object.keys(path.classes).filter((id) => !way.includes(id)));

  await drawing.panel.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(drawing.panel).toHaveCount(0);
  await drawing.place.getByRole('button', { name: 'Close path' }).click(); // a path stays without a selection
  const end = await drawing.atRest();
  for (const name of ['selected', 'faded', 'lit', 'from', 'to', 'path']) expect(having(end, name), name).toEqual([]);
});
