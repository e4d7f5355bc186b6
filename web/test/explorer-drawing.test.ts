import type { Server } from '../../clients/server.ts';
import { Drawing, expectDrawn } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { PASSWORD } from './sample.ts';
import { phone } from './window.ts';

interface Named {
  id: string;
  username: string;
  firstname: string | null;
  lastname: string | null;
}

interface Around {
  nodes: Named[];
}

function nameOf({ username, firstname, lastname }: Named): string {
  return [firstname, lastname].filter(Boolean).join(' ') || username;
}

/** Ada and the newest 36 people of each list, which are drawn. A person in both lists is in the result twice. */
async function aroundAda(server: Server) {
  const { user } = await server.ask<{ user: { id: string; username: string; followers: Around; following: Around } }>(
    `{ user(username: "ada") { id username
        followers(first: 36) { nodes { id username firstname lastname } }
        following(first: 36) { nodes { id username firstname lastname } } } }`,
  );
  return { user, nodes: [...user.followers.nodes, ...user.following.nodes] };
}

/** Returns all follows among some users, as "follower>followed" with usernames. */
async function followsAmong(server: Server, people: { id: string; username: string }[]): Promise<Set<string>> {
  const names = new Map(people.map(({ id, username }) => [id, username]));
  const ids = [...names.keys()];
  const { follows } = await server.ask<{ follows: { followerId: string; followingId: string }[] }>(
    'query ($ids: [ID!]!) { follows(followerIds: $ids, followingIds: $ids) { followerId followingId } }',
    { ids },
  );
  return new Set(follows.map(({ followerId, followingId }) => `${names.get(followerId)}>${names.get(followingId)}`));
}

test('draws the people around a user and the follows among them', async ({ explorer, page, server, keepPicture }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  await expect(drawing.note).toHaveText(/^\d+ of 2,002 followers and \d+ of 56 followed$/);

  // The newest 36 people of each list, each with the right relation.
  const { user, nodes } = await aroundAda(server);
  const around = new Map(nodes.map((node) => [node.id, node]));
  const follows = await followsAmong(server, [user, ...around.values()]);
  await expect(drawing.people).toHaveCount(around.size + 1);
  const truth = [...around.values()].map((one) => {
    const { username } = one;
    const name = nameOf(one);
    const isFollowed = follows.has(`ada>${username}`);
    if (!follows.has(`${username}>ada`)) return `${name}: followed by Ada Byron`;
    return `${name}: follows Ada Byron${isFollowed ? ' and is followed back' : ''}`;
  });
  const shown = () =>
    drawing.people.evaluateAll((rows) =>
      rows.slice(1).map((row) => {
        const relation = row.querySelector('.drawing-quiet')!.textContent.split(' · ')[0]!;
        return `${row.querySelector('bdi')!.textContent}: ${relation.replaceAll(/[\u2066-\u2069]/g, '')}`;
      }),
    );
  await expect.poll(async () => (await shown()).sort()).toEqual(truth.sort());
  await keepPicture();
});

test('a click expands a person, and Open leads to their page', async ({ explorer, page, keepPicture }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  await drawing.place.locator('summary').click();
  const before = await drawing.place.locator('summary').innerText();
  await drawing.atRest(); // the nodes must not move any more
  const name = await drawing.findPerson();
  await page.mouse.down();
  await page.mouse.up();
  await expect(drawing.panel.getByRole('heading')).toHaveText(name);
  await expectDrawn(page);
  await expect(drawing.place.locator('summary')).not.toHaveText(before);
  await keepPicture();
  await drawing.panel.getByRole('button', { name: 'Open' }).click();
  await expect(explorer.name).toHaveText(name);
  await expectDrawn(page);
});

test('More adds the next pages', async ({ explorer, page }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  const first = await drawing.people.count();
  await drawing.row('in the middle').getByRole('button', { name: 'More of Ada Byron' }).click();
  await expect(async () => expect(await drawing.people.count()).toBeGreaterThan(first + 20)).toPass();
  await expect(drawing.note).toContainText('56 of 56 followed');
});

test('the keyboard moves through the drawing', async ({ explorer, page }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  await drawing.place.locator('summary').click();
  const before = await drawing.place.locator('summary').innerText();
  await drawing.atRest(); // the arrow keys need the final places
  await drawing.stage.focus();
  await page.keyboard.press('ArrowRight');
  await expect(drawing.panel.getByRole('heading')).toHaveText('Ada Byron');
  await page.keyboard.press('ArrowRight');
  await expect(drawing.panel.getByRole('heading')).not.toHaveText('Ada Byron');
  const name = await drawing.panel.getByRole('heading').innerText();
  await expect(drawing.status).toContainText(name);
  await page.keyboard.press('Enter');
  await expect(drawing.place.locator('summary')).not.toHaveText(before);
  await expect(drawing.stage).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(drawing.panel).toHaveCount(0);
});

test('shows a path of follows', async ({ explorer, page, server, keepPicture }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  const { user, nodes: around } = await aroundAda(server);
  const named = around.filter((one) => around.filter((other) => nameOf(other) === nameOf(one)).length <= 2);
  const follows = await followsAmong(server, [user, ...around]);
  const isFollowed = (one: Named) => follows.has(`ada>${one.username}`);
  const isFollower = (one: Named) => follows.has(`${one.username}>ada`);

  const to = named.find(isFollowed)!;
  await drawing.choose(nameOf(to));
  await drawing.panel.getByRole('button', { name: 'Path to here' }).click();
  await expect(drawing.path.getByRole('listitem')).toHaveText(['Ada Byron', nameOf(to)]);
  await expect(drawing.path).toHaveAccessibleName('Path of 1 follow');
  await keepPicture();
  await drawing.place.getByRole('button', { name: 'Close path' }).click();

  // Between two people who are only connected through ada.
  const from = named.find((one) => isFollower(one) && !isFollowed(one))!;
  const other = named.find((one) => isFollowed(one) && !follows.has(`${from.username}>${one.username}`))!;
  await drawing.choose(nameOf(from));
  await drawing.panel.getByRole('button', { name: 'Path from here…' }).click();
  await drawing.choose(nameOf(other));
  const steps = drawing.path.getByRole('listitem');
  await expect(steps).toHaveCount(3);
  const [first, between, last] = await steps.allInnerTexts();
  expect([first, last]).toEqual([nameOf(from), nameOf(other)]);
  const middles = [{ username: 'ada', name: 'Ada Byron' }, ...around.map((one) => ({ ...one, name: nameOf(one) }))];
  expect(
    middles.some(
      ({ username, name }) =>
        name === between && follows.has(`${from.username}>${username}`) && follows.has(`${username}>${other.username}`),
    ),
  ).toBe(true);
});

test('shows a note for a user without follows and when the server is down', async ({ explorer, page, startServer, watch }) => {
  const drawing = new Drawing(page);
  const own = await startServer();
  await own.ask('mutation ($input: RegisterInput!) { register(input: $input) { token } }', {
    input: { username: 'alone', password: PASSWORD, phoneNumber: '+41446681800' },
  });
  await explorer.open('alone', { origin: own.origin });
  await expect(drawing.place).toContainText('has no followers and follows no one yet.');

  await explorer.open('ada', { origin: own.origin });
  await drawing.openList();
  const before = await drawing.people.count();
  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  await own.stop();
  await drawing.people.nth(1).getByRole('button', { name: /^Expand/ }).click();
  const fault = drawing.place.getByRole('alert');
  await expect(fault).toContainText('does not respond');
  await expect(drawing.people).toHaveCount(before); // the drawing stays
  await own.start();
  await fault.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => drawing.people.count()).toBeGreaterThan(before);
  await expect(fault).toHaveCount(0);

  // The message disappears if the retry succeeds.
  await own.stop();
  const other = drawing.people.nth(2).getByRole('button', { name: /^Expand/ });
  await other.click();
  await expect(fault).toContainText('does not respond');
  await own.start();
  await other.click();
  await expect(fault).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('is accessible', async ({ explorer, page, expectAccessible }) => {
      const drawing = new Drawing(page);
      await explorer.open('ada');
      await drawing.openList();
      await drawing.people.nth(1).getByRole('button').first().click();
      await expect(drawing.panel).toBeVisible();
      await expectAccessible();
    });
  });
}

test.describe('on a phone', () => {
  test.use(phone);

  test('the drawing has a separate view', async ({ explorer, page, keepPicture, expectAccessible }) => {
    const drawing = new Drawing(page);
    await explorer.open('ada');
    await expect(drawing.place).toHaveCount(0);
    await explorer.choose('Graph');
    await expect(page).toHaveURL('/users/ada/drawing');
    await expect(drawing.stage).toBeInViewport({ ratio: 1 });
    await drawing.openList();
    const before = await drawing.people.count();
    await drawing.people.nth(1).getByRole('button', { name: /^Expand/ }).tap();
    await expect.poll(() => drawing.people.count()).toBeGreaterThan(before);
    await expectAccessible();
    expect(await explorer.overflows()).toBe(false);
    await drawing.place.locator('summary').tap();
    await keepPicture();
  });
});
