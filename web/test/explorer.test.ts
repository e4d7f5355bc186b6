import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Server } from '../../clients/server.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { phone } from './window.ts';

/** The documents of the explorer, by id. */
const documents = JSON.parse(
  readFileSync(new URL('../explorer/__generated__/persisted-documents.json', import.meta.url), 'utf8'),
) as Record<string, string>;

const LISTS = `query ($username: String!, $first: Int!) { user(username: $username) {
  stats { followersCount followingsCount }
  followers(first: $first) { nodes { username } }
  following(first: $first) { nodes { username } }
} }`;

/** Returns the lists of a user from the server. */
async function listsOf(server: Server, username: string, first: number) {
  const { user } = await server.ask<{
    user: {
      stats: { followersCount: number; followingsCount: number };
      followers: { nodes: { username: string }[] };
      following: { nodes: { username: string }[] };
    };
  }>(LISTS, { username, first });
  return {
    counts: [user.stats.followersCount, user.stats.followingsCount],
    followers: user.followers.nodes.map((node) => node.username),
    following: user.following.nodes.map((node) => node.username),
  };
}

test('finds people while typing', async ({ explorer, page }) => {
  await explorer.open();
  await page.keyboard.press('Control+k');
  await expect(explorer.search).toBeFocused();
  await page.keyboard.type('yam', { delay: 40 });
  await expect(explorer.options).toHaveCount(8);
  await expect(page.locator('[aria-selected="true"]')).toHaveCount(0); // Enter would show all results
  await page.keyboard.press('ArrowDown');
  await expect(explorer.options.first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(explorer.options.nth(1)).toHaveAttribute('aria-selected', 'true');
  const username = await explorer.options.nth(1).locator('.person-username').innerText();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/users/${username.slice(1)}`);
  await expect(explorer.profile).toContainText(username);
  await expect(explorer.name).toBeFocused();
  await expect(explorer.search).toHaveValue('');

  await explorer.search.fill('unknown person');
  await expect(page.getByText('No user matches “unknown person”.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('No user matches')).toBeHidden();
});

test('accepts fast typing, and Enter before the results', async ({ explorer, page }) => {
  await explorer.open();
  await explorer.search.click();
  await page.keyboard.type('yamamoto.aoi');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/users/yamamoto.aoi');
  await explorer.search.click();
  await page.keyboard.type('vinicus9687');
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('i'); // in the middle of the text
  await expect(explorer.search).toHaveValue('vinicuis9687');
  await explorer.search.fill('@vinicius9687');
  await expect(explorer.options.first()).toContainText('@vinicius9687');
});

test('ignores Enter after the search was left', async ({ explorer, page, hold }) => {
  await explorer.open();
  const release = await hold(/%22query%22%3A%22ada%22/);
  const asked = page.waitForRequest(/%22query%22%3A%22ada%22/);
  await explorer.search.fill('ada');
  await explorer.search.press('Enter');
  await asked;
  await page.keyboard.press('Tab');
  const answered = page.waitForResponse(/%22query%22%3A%22ada%22/);
  release();
  await answered;
  await explorer.search.click(); // the results are still there
  await expect(explorer.options.first()).toContainText('@ada');
  await expect(page).toHaveURL('/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(explorer.options.first()).toContainText('@ada');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(explorer.search).toHaveValue('');
});

test('leaving the search selects no result', async ({ explorer, page, expectAccessible }) => {
  await explorer.open();
  await explorer.search.fill('ya');
  await expect(explorer.options.first()).toBeVisible();
  await explorer.search.click();
  await expect(explorer.options.first()).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(explorer.options).toHaveCount(0);
  await expect(page).toHaveURL('/');
  await explorer.search.fill('qqqq');
  await expect(page.getByText('No user matches “qqqq”.')).toBeVisible();
  await expectAccessible();
});

test('Enter opens the person who is meant, or shows all results', async ({ explorer, page, expectAccessible }) => {
  await explorer.open();
  for (const meant of ['@ada', 'ada byron', 'BYRON  Ada', 'brzeczyszczykiewicz_lukasz4']) {
    await explorer.search.fill(meant);
    await page.keyboard.press('Enter'); // before the results
    await expect(page).toHaveURL(/\/users\//);
    await page.goBack();
    await expect(page).toHaveURL('/');
  }

  await explorer.search.fill('a');
  await expect(explorer.allResults).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/search?q=a');
  await expect(explorer.name).toHaveText('Results for “a”');
  await expect(explorer.search).toHaveValue('a');
  await expect(page.locator('.total').getByText(/^[\d,]+ results$/)).toBeVisible();
  await expectAccessible();
  await explorer.readOn(41);
  const far = explorer.people.nth(38).getByRole('link');
  await far.scrollIntoViewIfNeeded();
  await far.click();
  await expect(explorer.profile).toBeInViewport();
  await expect(explorer.search).toHaveValue('');
  await page.goBack();
  await expect(explorer.search).toHaveValue('a');
  await expect(explorer.people.nth(38)).toBeInViewport();

  await explorer.search.fill('no one at all');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/search?q=no%20one%20at%20all');
  await expect(explorer.name).toHaveText('Results for “no one at all”');
  await expect(page.locator('main').getByText('No user matches', { exact: false })).toBeVisible();
  await page.goBack();
  await expect(explorer.name).toHaveText('Results for “a”');
});

test('says how many people were found if the server does not count', async ({ explorer, page }) => {
  await explorer.open();
  await page.route(/%22query%22%3A%22ya%22/, async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    answer.data.searchUsers.totalCount = null;
    await route.fulfill({ response, json: answer });
  });
  await explorer.search.fill('ya');
  await expect(page.getByText('More than 8 people found.')).toBeAttached();
  await expect(explorer.allResults).toHaveText('All results');
});

test('the bar has room at every width', async ({ explorer, page }) => {
  await explorer.open();
  for (const isSignedIn of [false, true]) {
    if (isSignedIn) {
      await explorer.signIn('yeva_kravets');
      await explorer.expectSignedIn('yeva_kravets');
    }
    for (let width = 320; width <= 1300; width += 28) {
      await page.setViewportSize({ width, height: 600 });
      const found = await page.evaluate(() => {
        const parts = [...document.querySelectorAll('.logo, .bar input, .account > *:not([role="status"])')];
        const boxes = parts.map((part) => part.getBoundingClientRect());
        const overlaps = boxes.filter((one, index) =>
          boxes.some((other, at) => at > index && one.right > other.left && other.right > one.left && one.bottom > other.top && other.bottom > one.top),
        );
        return {
          overlaps: overlaps.length,
          isCut: boxes.some(({ left, right }) => left < 0 || right > innerWidth),
          room: document.querySelector('.bar input')!.getBoundingClientRect().width >= 120,
          scrolls: document.documentElement.scrollWidth > document.documentElement.clientWidth,
        };
      });
      expect(found, `${width} px`).toEqual({ overlaps: 0, isCut: false, room: true, scrolls: false });
    }
  }
});

test('cancels outdated searches', async ({ explorer, page }) => {
  await explorer.open();
  await explorer.search.fill('rhys');
  await expect(explorer.options.first()).toBeVisible();
  let isHeld = () => {};
  const holding = new Promise<void>((resolve) => (isHeld = resolve));
  const first = /%22query%22%3A%22ya%22/;
  await page.route(first, () => isHeld()); // never responds
  await explorer.search.fill('ya');
  await holding;
  await expect(page.getByText('Searching…')).toBeVisible();
  await expect(page.locator('.search-results .person')).toHaveCount(0); // no result of another text
  const given = page.waitForEvent('requestfailed', (request) => first.test(request.url()));
  await explorer.search.fill('ada');
  await expect(explorer.options.first()).toContainText('@ada');
  await given;
});

test('keeps the previous results until the new ones come if the text is continued', async ({ explorer, page, hold, expectAccessible }) => {
  await explorer.open();
  await explorer.search.fill('y');
  await expect(explorer.options).toHaveCount(8);
  const release = await hold(/%22query%22%3A%22ya%22/);
  await explorer.search.press('a');
  await expect(explorer.options).toHaveCount(0);
  const former = page.locator('.search-results .person');
  await expect(former).toHaveCount(8);
  await expectAccessible();
  release();
  await expect(explorer.options.first()).toBeVisible();
  await explorer.search.fill('ad');
  await expect(explorer.options.first()).toContainText('@ada');
  await page.route(/%22query%22%3A%22adax%22/, () => {}); // never responds
  await explorer.search.pressSequentially('ax');
  await expect(explorer.options).toHaveCount(0);
  await former.first().click();
  await expect(page).toHaveURL('/users/ada');
});

test('shows a user with counts, and pages through the lists', async ({ explorer, page, server, keepPicture }) => {
  const truth = await listsOf(server, 'ada', 100);
  await explorer.open('ada');
  await expect(explorer.name).toHaveText('Ada Byron');
  await expect(page).toHaveTitle('Ada Byron · Followgraph');
  expect(await explorer.counts()).toEqual(truth.counts);

  // Three pages of forty: the first fills the window, the others load by scrolling.
  for (const least of [41, 81]) {
    await explorer.readOn(least);
  }
  expect((await explorer.usernames()).slice(0, 100)).toEqual(truth.followers);
  await keepPicture();

  await explorer.choose('Following');
  await expect(explorer.people.locator('.person-username').first()).toHaveText(`@${truth.following[0]}`);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await expect(explorer.people).toHaveCount(truth.following.length);
  expect(await explorer.usernames()).toEqual(truth.following);
});

test('sorts lists by the most followed', async ({ explorer, page, server, expectAccessible }) => {
  type Top = { nodes: { username: string }[] };
  const { user } = await server.ask<{
    user: { topFollowers: Top; topFollowing: Top; stats: { followersCount: number; followingsCount: number } };
  }>(
    '{ user(username: "ada") { stats { followersCount followingsCount } topFollowers(first: 100) { nodes { username } } topFollowing(first: 100) { nodes { username } } } }',
  );
  const usernames = (top: Top) => top.nodes.map(({ username }) => username);
  await explorer.open('ada');
  await expect(explorer.people).toHaveCount(40);
  const order = page.getByRole('navigation', { name: 'Order' });
  await order.getByRole('link', { name: 'Most followed' }).click();
  await expect(page).toHaveURL('/users/ada/top-followers');
  await expect(explorer.people).toHaveCount(100);
  expect(await explorer.usernames()).toEqual(usernames(user.topFollowers));
  await expect(page.getByText(`The 100 most followed of ${user.stats.followersCount.toLocaleString('en')}`)).toBeVisible();
  await expect(order.locator('[aria-current]')).toHaveText('Most followed');
  await expect(order.locator('[aria-current]')).toBeFocused();
  await expectAccessible();
  await explorer.choose('Following');
  await expect(order.locator('[aria-current]')).toHaveText('Newest');
  await order.getByRole('link', { name: 'Most followed' }).click();
  await expect(explorer.people).toHaveCount(user.stats.followingsCount);
  expect(await explorer.usernames()).toEqual(usernames(user.topFollowing));
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL('/users/ada/top-followers');
  await expect(explorer.people).toHaveCount(100);
});

test('shows the number of mutual follows and of results', async ({ explorer, page, server, expectAccessible }) => {
  type Totals = { searchUsers: Total; user: { friends: Total } };
  type Total = { totalCount: number | null };
  const ask = () =>
    server.ask<Totals>(
      '{ searchUsers(query: "a", first: 0) { totalCount } user(username: "ada") { friends(first: 0) { totalCount } } }',
    );
  await expect.poll(async () => (await ask()).searchUsers.totalCount).not.toBeNull(); // once the graph is in memory
  const { searchUsers, user } = await ask();
  const text = (total: Total) => total.totalCount!.toLocaleString('en');

  await explorer.open('ada');
  await expect(explorer.name).toHaveText('Ada Byron');
  await explorer.choose('Mutual');
  await expect(page.getByText(`${text(user.friends)} mutual`)).toBeVisible();
  await explorer.search.fill('a');
  await expect(explorer.allResults).toHaveText(`All ${text(searchUsers)} results`);
  await expect(page.getByText(`of ${text(searchUsers)} people found.`)).toBeAttached();
  await expectAccessible();
});

test('going back restores the scroll position', async ({ explorer, page }) => {
  await explorer.open('ada');
  await explorer.readOn(81);
  const far = explorer.people.nth(70).getByRole('link');
  await far.scrollIntoViewIfNeeded();
  const username = (await explorer.usernames())[70]!;
  await far.click();
  await expect(page).toHaveURL(`/users/${username}`);
  await expect(explorer.profile).toBeInViewport();
  await page.goBack();
  await expect(explorer.name).toHaveText('Ada Byron');
  await expect(explorer.people.nth(70)).toBeInViewport();
  expect((await explorer.usernames())[70]).toBe(username);
});

test('opens pages at the top, and keeps the position after a reload', async ({ explorer, page }) => {
  await explorer.open('ada');
  await expect(explorer.people).toHaveCount(40);
  await explorer.scrollTo(1500);
  await page.reload();
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(1500);
  await page.getByRole('link', { name: 'Followgraph home' }).click();
  await expect(explorer.name).toHaveText('Explore the follow graph');
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await expect(explorer.name).toBeFocused();
  // The same address is no second entry of the history.
  await explorer.scrollTo(300);
  await page.getByRole('link', { name: 'Followgraph home' }).click();
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
  await page.goBack();
  await expect(explorer.name).toHaveText('Ada Byron');
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(1500);
});

test('keeps the position when content above loads last', async ({ explorer, page, hold }) => {
  await page.setViewportSize({ width: 320, height: 640 }); // so narrow that the profile is higher than its placeholder
  await explorer.open('ada');
  await expect(explorer.people).toHaveCount(40);
  await explorer.scrollTo(1500);
  const answer = await hold(/variables=%7B%22username%22%3A%22ada%22%7D/);
  await page.reload();
  await expect(explorer.people).toHaveCount(40);
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(1500);
  await expect(explorer.name).toBeHidden();
  answer();
  await expect(explorer.name).toHaveText('Ada Byron');
  await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))); // the position was adjusted
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(1500);
});

test('restores a long list after leaving the page', async ({ explorer, page }) => {
  for (const [path, reader] of [['/users/ada'], ['/'], ['/', 'ada']] as const) {
    await page.goto(path);
    if (reader) {
      await explorer.signIn(reader);
      await expect(page.getByRole('heading', { name: 'Suggested for you' })).toBeVisible();
    }
    await explorer.readOn(81);
    const far = explorer.people.nth(75);
    await far.scrollIntoViewIfNeeded();
    const username = (await explorer.usernames())[75]!;
    await page.goto('/playground');
    await page.goBack();
    await expect(explorer.people.nth(75)).toBeInViewport();
    expect((await explorer.usernames())[75]).toBe(username);
  }
});

test('restores the position when the page is left before the next frame', async ({ explorer, page }) => {
  await explorer.open('ada');
  await expect(explorer.people).toHaveCount(40);
  // One task: the scroll event would come with the next frame.
  await page.evaluate(() => {
    scrollTo(0, 700);
    location.href = '/playground';
  });
  await page.waitForURL('**/playground**');
  await page.goBack();
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(700);
});

test('does not show the previous user while another loads', async ({ explorer, page, hold }) => {
  await explorer.open('ada');
  await expect(explorer.people.first()).toBeVisible();
  const release = await hold(/%22username%22%3A%22rhys2192%22/);
  await explorer.people.filter({ hasText: '@rhys2192' }).getByRole('link').click();
  await expect(page).toHaveURL('/users/rhys2192');
  await expect(explorer.profile).not.toContainText('Ada Byron');
  await expect(explorer.followButton).toHaveCount(0);
  await explorer.search.click();
  await page.keyboard.type('ya');
  release();
  await expect(explorer.name).toHaveText('Rhys Jones');
  await expect(explorer.search).toBeFocused(); // typing is not interrupted
});

test('shows missing users and missing pages', async ({ explorer, page, watch }) => {
  await page.goto('/users/nobody.here');
  await expect(explorer.name).toHaveText('User not found');
  await expect(page.getByText('There is no user @nobody.here.')).toBeVisible();
  await page.getByRole('link', { name: 'Search for this name' }).click();
  await expect(explorer.name).toHaveText('Results for “nobody.here”');
  await page.goto('/users/ada/enemies');
  await expect(explorer.name).toHaveText('Page not found');
  await expect(page).toHaveTitle('Page not found · Followgraph');
  watch.allowConsole(/status of 404/);
  expect((await page.goto('/nowhere/at/all'))?.status()).toBe(404);
  await expect(explorer.name).toHaveText('Page not found');
  await page.getByRole('link', { name: 'Go to the start page' }).click();
  await expect(explorer.name).toHaveText('Explore the follow graph');
});

test('sends only document ids, and queries by GET', async ({ explorer, page, startServer }) => {
  const manifest = fileURLToPath(
    new URL('../../examples/mobile/__generated__/persisted-documents.json', import.meta.url),
  );
  const own = await startServer(['--trusted-only', '--persisted-documents', manifest]);
  const sent: { method: string; document: unknown; text: unknown }[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname !== '/graphql') return;
    const body = (request.postDataJSON() ?? Object.fromEntries(url.searchParams)) as Record<string, unknown>;
    sent.push({ method: request.method(), document: body['documentId'], text: body['query'] });
  });
  const drew = page.waitForRequest((request) => request.postData()?.includes('followingIds') ?? false);
  await explorer.open('rhys2192', { origin: own.origin });
  await drew;
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await explorer.followButton.click();
  await expect(explorer.followButton).toHaveText(/^Following/);
  await expect(explorer.people.getByText('@ada')).toBeVisible();
  expect(sent.length).toBeGreaterThan(5);
  for (const { document, text } of sent) {
    expect(document).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(text).toBeUndefined();
  }
  // POST for the two mutations and for the query whose ids do not fit into a URL.
  const named = (operation: string) => Object.keys(documents).find((id) => documents[id]!.includes(operation));
  const posted = new Set(sent.filter(({ method }) => method === 'POST').map(({ document }) => document));
  expect(posted).toEqual(new Set(['mutation Login(', 'mutation Follow(', 'query Adjacency('].map(named)));
});

test('links to the playground if there is one', async ({ explorer, page, startServer }) => {
  await explorer.open();
  await page.getByRole('link', { name: 'playground' }).click();
  await expect(page).toHaveTitle('Followgraph playground');
  const own = await startServer(['--playground=false']);
  await explorer.open(undefined, { origin: own.origin });
  await expect(page.getByRole('link', { name: 'playground' })).toHaveCount(0);
});

test.describe('on a phone', () => {
  test.use(phone);

  test('finds, shows and pages', async ({ explorer, page, keepPicture }) => {
    await explorer.open();
    await keepPicture('home');
    expect(await explorer.overflows()).toBe(false);
    await explorer.search.tap();
    await explorer.search.fill('ada');
    await keepPicture('search');
    await explorer.options.first().tap();
    await expect(page).toHaveURL('/users/ada');
    await expect(explorer.people.first()).toBeVisible();
    expect(await explorer.overflows()).toBe(false);
    await keepPicture('profile');
    await explorer.readOn(81);
  });
});

test('has room for long names', async ({ explorer, page, startServer, keepPicture }) => {
  const own = await startServer();
  const names = {
    arabic: ['ليلى', 'بنت عبد الرحمن المصري'],
    long: ['W'.repeat(200), null],
    words: ['Wolfeschlegelsteinhausenbergerdorff '.repeat(6).slice(0, 200), 'x'.repeat(200)],
  };
  const tokens: string[] = [];
  const ids: string[] = [];
  for (const [index, [username, [firstname, lastname]]] of Object.entries(names).entries()) {
    const { register } = await own.ask<{ register: { token: string; user: { id: string } } }>(
      'mutation ($input: RegisterInput!) { register(input: $input) { token user { id } } }',
      { input: { username, firstname, lastname, password: 'correct horse', phoneNumber: `+4144668180${index}` } },
    );
    tokens.push(register.token);
    ids.push(register.user.id);
  }
  for (const token of tokens) {
    await own.ask('mutation ($input: FollowUsersInput!) { followUsers(input: $input) { results { changed } } }', {
      input: { userIds: ids },
    }, token);
  }
  for (const size of [{ width: 1280, height: 800 }, { width: 390, height: 844 }, { width: 320, height: 640 }]) {
    await page.setViewportSize(size);
    for (const [username, [firstname]] of Object.entries(names)) {
      await explorer.open(username, { origin: own.origin });
      await expect(explorer.name).toContainText(firstname!.trim());
      await expect(explorer.people).toHaveCount(2);
      expect(await explorer.overflows(), `${username} at ${size.width}`).toBe(false);
      expect((await explorer.name.boundingBox())!.height).toBeLessThan(120);
      await keepPicture(`${username} ${size.width}`);
    }
  }
});
