import type { Server } from '../../clients/server.ts';
import { Drawing, expectDrawn } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { Playground } from './playground.ts';
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
  await explorer.open('ada', { query: '?by=newest' });
  await drawing.openList();
  await expect(drawing.note).toContainText('has 2,002 followers and follows 56 people');

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

test('a click selects, a second click expands, and undo takes it back', async ({ explorer, page, keepPicture }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  await drawing.summary.click();
  const before = await drawing.summary.innerText();
  await drawing.atRest(); // the nodes must not move any more
  const name = await drawing.findPerson();
  await page.mouse.down();
  await page.mouse.up();
  await expect(drawing.panel.getByRole('heading')).toHaveText(name);
  await drawing.atRest();
  await expect(drawing.summary).toHaveText(before);
  const url = page.url();
  await page.mouse.down();
  await page.mouse.up();
  await expect(drawing.summary).not.toHaveText(before);
  await expect(page).toHaveURL(/\?expand=/);
  await drawing.atRest();
  await keepPicture();
  await drawing.stage.focus();
  await page.keyboard.press('Control+z');
  await expect(drawing.summary).toHaveText(before);
  await expect(page).toHaveURL(url);
  await drawing.place.getByRole('button', { name: 'Redo' }).click();
  await expect(drawing.summary).not.toHaveText(before);
  const expanded = page.url();
  const all = await drawing.summary.innerText();
  const picture = await drawing.atRest();
  await page.goBack();
  await expect(page).toHaveURL(url);
  await expect(drawing.summary).toHaveText(before);
  await page.goForward();
  await expect(page).toHaveURL(expanded);
  await expect(drawing.summary).toHaveText(all);
  expect((await drawing.atRest()).people).toEqual(picture.people);

  await drawing.panel.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(explorer.name).toHaveText(name);
  await expectDrawn(page);
  await page.goBack();
  await expect(page).toHaveURL(expanded);
  await expect(drawing.summary).toHaveText(all);
  await page.reload();
  await expect(drawing.summary).toHaveText(all);
  expect((await drawing.atRest()).people).toEqual(picture.people);
});

test('the legend, the days and hidden people decide what is shown', async ({ explorer, page }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada', { query: '?by=newest' });
  await drawing.openList();
  const all = await drawing.people.count();
  const legend = drawing.place.getByRole('list', { name: /^Legend/ });
  await legend.getByRole('button', { name: 'follows Ada Byron' }).click();
  await expect.poll(() => drawing.people.count()).toBeLessThan(all);
  await expect(drawing.note).toContainText('filtered out');
  await expect(page).toHaveURL(/off=followers/);
  await legend.getByRole('button', { name: 'follows Ada Byron' }).click();
  await expect(drawing.people).toHaveCount(all);

  const hidden = await drawing.people.nth(1).locator('bdi').first().innerText();
  await drawing.choose(hidden);
  await drawing.panel.getByRole('button', { name: 'Hide' }).click();
  await expect(drawing.people).toHaveCount(all - 1);
  await drawing.note.getByRole('button', { name: 'Show 1 hidden person' }).click();
  await expect(drawing.people).toHaveCount(all);

  await drawing.atRest(); // the dates come with the follows
  const time = drawing.place.getByRole('slider', { name: 'Time' });
  await time.focus();
  await page.keyboard.press('Home');
  await expect.poll(() => drawing.people.count()).toBeLessThan(all);
  await expect(page).toHaveURL(/until=\d{4}-\d\d-\d\d/);
  await page.keyboard.press('End');
  await expect(drawing.people).toHaveCount(all);
});

test('finds a person in the graph, and exports what is drawn', async ({ explorer, page }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  const { people, lines } = await drawing.atRest();
  const name = await drawing.people.nth(2).locator('bdi').first().innerText();
  const field = drawing.place.getByRole('combobox', { name: 'Find in the graph' });
  await field.fill(name.split(' ').toReversed().join(' '));
  await field.press('Enter');
  await expect(drawing.panel.getByRole('heading')).toHaveText(name);
  await expect(drawing.stage).toBeFocused();

  const saved = async (label: string) => {
    await drawing.place.getByText('Export', { exact: true }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: label }).click()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    return { name: download.suggestedFilename(), content: Buffer.concat(chunks) };
  };
  const json = await saved('People and follows (JSON)');
  expect(json.name).toBe('followgraph-ada.json');
  expect(JSON.parse(json.content.toString()).people).toHaveLength(Object.keys(people).length);
  const follows = (await saved('Follows (CSV)')).content.toString().split('\r\n');
  expect(follows.length - 2).toBeGreaterThanOrEqual(Object.keys(lines).length);
  expect(follows[1]).toMatch(/^[\w.-]+,[\w.-]+,\d{4}-/);
  const png = await saved('Picture (PNG)');
  expect(png.content.subarray(1, 4).toString()).toBe('PNG');
  const svg = (await saved('Picture (SVG)')).content;
  expect(svg.toString()).toContain(name);
  const size = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    return image.naturalWidth;
  }, `data:image/svg+xml;base64,${svg.toString('base64')}`);
  expect(size).toBeGreaterThan(300);

  await drawing.place.getByText('Export', { exact: true }).click();
  await drawing.place.getByRole('link', { name: 'Open as query' }).click();
  const playground = new Playground(page);
  await playground.ready();
  const { data, errors } = await playground.run();
  expect(errors).toBeUndefined();
  const { user, follows: among } = data;
  for (const { id } of user.topFollowers.nodes) expect(people[id]).toBeDefined();
  expect(among.length).toBeGreaterThan(20);
});

test('the keyboard moves through the drawing', async ({ explorer, page }) => {
  const drawing = new Drawing(page);
  await explorer.open('ada');
  await drawing.openList();
  await drawing.summary.click();
  const before = await drawing.summary.innerText();
  await drawing.atRest(); // the arrow keys need the final places
  await drawing.stage.focus();
  await page.keyboard.press('ArrowRight');
  await expect(drawing.panel.getByRole('heading')).toHaveText('Ada Byron');
  await page.keyboard.press('ArrowRight');
  await expect(drawing.panel.getByRole('heading')).not.toHaveText('Ada Byron');
  const name = await drawing.panel.getByRole('heading').innerText();
  await expect(drawing.status).toContainText(name);
  await page.keyboard.press('Enter');
  await expect(drawing.summary).not.toHaveText(before);
  await expect(drawing.stage).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(drawing.panel).toHaveCount(0);
});

test('finds a path in the whole graph', async ({ explorer, page, server, keepPicture }) => {
  const drawing = new Drawing(page);
  const { users } = await server.ask<{ users: { nodes: Named[] } }>('{ users(first: 3) { nodes { id username firstname lastname } } }');
  const [from, to] = [users.nodes[1]!, users.nodes[2]!];
  const { shortestPath } = await server.ask<{ shortestPath: { users: Named[] } }>(
    'query ($from: ID!, $to: ID!) { shortestPath(fromId: $from, toId: $to) { users { id username firstname lastname } } }',
    { from: from.id, to: to.id },
  );
  expect(shortestPath.users.length).toBeGreaterThan(1);
  await explorer.open(from.username);
  await drawing.openList();
  await drawing.choose(nameOf(from));
  await drawing.panel.getByRole('button', { name: 'Find path to…' }).click();
  const field = drawing.place.getByRole('combobox', { name: 'Find path to' });
  await field.fill(to.username);
  await field.press('Enter');
  await expect(drawing.path.getByRole('listitem')).toHaveText(shortestPath.users.map(nameOf));
  const { classes } = await drawing.atRest();
  const onPath = Object.keys(classes).filter((id) => classes[id]!.includes('path') && !id.includes('>'));
  expect(onPath.toSorted()).toEqual(shortestPath.users.map(({ id }) => id).toSorted());
  await expect(page).toHaveURL(new RegExp(`path=${from.username},${to.username}`));
  await keepPicture();
  await page.reload();
  await expect(drawing.path.getByRole('listitem')).toHaveText(shortestPath.users.map(nameOf));
  await drawing.place.getByRole('button', { name: 'Close path' }).click();
  await expect(page).toHaveURL(`/users/${from.username}`);

  await page.goto(`/users/${from.username}?path=gone`);
  await expect(drawing.place).toContainText('user not found');
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
  await drawing.people.nth(1).getByRole('button', { name: /^Show connections/ }).click();
  const fault = drawing.place.getByRole('alert');
  await expect(fault).toContainText('does not respond');
  await expect(drawing.people).toHaveCount(before); // the drawing stays
  await own.start();
  await fault.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => drawing.people.count()).toBeGreaterThan(before);
  await expect(fault).toHaveCount(0);

  // The message disappears if the retry succeeds.
  await own.stop();
  const other = drawing.people.nth(2).getByRole('button', { name: /^Show connections/ });
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
    await drawing.people.nth(1).getByRole('button', { name: /^Show connections/ }).tap();
    await expect.poll(() => drawing.people.count()).toBeGreaterThan(before);
    await expectAccessible();
    expect(await explorer.overflows()).toBe(false);
    await drawing.summary.tap();
    await keepPicture();
  });
});

test('requests the first lists while the code of the graph loads', async ({ explorer, page, hold }) => {
  const release = await hold(/assets\/drawing-/);
  const asked = page.waitForRequest((request) => request.url().includes('%22mutual%22'));
  const opened = explorer.open('ada');
  await asked;
  release();
  await opened;
  await expectDrawn(page);
});
