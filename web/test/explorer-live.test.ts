import type { Page } from '@playwright/test';

import { Drawing } from './drawing.ts';
import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { PASSWORD } from './sample.ts';
import type { Server } from '../../clients/server.ts';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** Lets a user follow or unfollow another one, as another client does. */
async function change(server: Server, verb: 'follow' | 'unfollow', follower: string, followed: string): Promise<void> {
  const token = await server.signIn(follower, PASSWORD);
  await server.ask(
    `mutation ($input: ${verb === 'follow' ? 'Follow' : 'Unfollow'}UserInput!) { ${verb}User(input: $input) { changed } }`,
    { input: { userId: await idOf(server, followed) } },
    token,
  );
}

async function idOf(server: Server, username: string): Promise<string> {
  const { user } = await server.ask<{ user: { id: string } }>('query ($u: String!) { user(username: $u) { id } }', {
    u: username,
  });
  return user.id;
}

/** The messages of subscriptions that a page has sent. */
function subscriptionsOf(page: Page): { userIds: string[]; position: string | undefined }[] {
  const sent: { userIds: string[]; position: string | undefined }[] = [];
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      const { type, payload: body } = JSON.parse(String(payload));
      if (type !== 'subscribe') return;
      const { userIds, userId } = body.variables;
      sent.push({ userIds: userIds ?? [userId], position: body.extensions.position });
    }),
  );
  return sent;
}

test('offers new followers, and moves nothing before', async ({ explorer, page, startServer, expectAccessible, keepPicture }) => {
  const own = await startServer();
  const sent = subscriptionsOf(page);
  await explorer.open('hina_sato', { origin: own.origin });
  await expect(explorer.people.first()).toBeVisible();
  const [followers, following] = await explorer.counts();
  const before = await explorer.usernames();
  const place = await explorer.people.first().boundingBox();
  await expect.poll(() => sent.length).toBeGreaterThanOrEqual(2); // counts and followers

  await change(own, 'follow', 'ada', 'hina_sato');
  await expect.poll(() => explorer.counts()).toEqual([followers + 1, following]);
  const offer = page.getByRole('button', { name: '1 new follower: show' });
  await expect(offer).toBeVisible();
  await expect(page.getByText('There are new followers.')).toHaveRole('status');
  expect(await explorer.usernames()).toEqual(before);
  expect(await explorer.people.first().boundingBox()).toEqual(place);
  await keepPicture();
  await expectAccessible();

  await change(own, 'follow', 'rhys2192', 'hina_sato');
  await expect(page.getByRole('button', { name: '2 new followers: show' })).toBeVisible();
  await change(own, 'unfollow', 'ada', 'hina_sato'); // no longer news
  await expect.poll(() => explorer.counts()).toEqual([followers + 1, following]);
  await expect(offer).toBeVisible();

  await offer.click();
  await expect.poll(async () => (await explorer.usernames())[0]).toBe('rhys2192');
  expect((await explorer.usernames())[1]).toBe(before[0]);
  await expect(page.getByRole('button', { name: /new follower/ })).toHaveCount(0);
  await expect(page.getByRole('list', { name: 'Followers' })).toBeFocused();
});

test('counts and relations change in place, for every tab', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  const sent = subscriptionsOf(page);
  await explorer.open('rhys2192', { origin: own.origin });
  await explorer.signIn('ada');
  await explorer.expectSignedIn('ada');
  await expect(explorer.followButton).toHaveText(/^Follow /);
  const [followers, following] = await explorer.counts();
  await expect.poll(() => sent.length).toBeGreaterThanOrEqual(3);
  expect(sent.at(-1)!.position).toMatch(/^\d+\.1\.[0-9A-F]{16}$/);

  await change(own, 'follow', 'ada', 'rhys2192'); // the same user, at another device
  await expect(explorer.followButton).toHaveText(/^Following/);
  await expect.poll(() => explorer.counts()).toEqual([followers + 1, following]);
  await expect(page.getByRole('button', { name: /new follower/ })).toHaveCount(0);
  await change(own, 'unfollow', 'rhys2192', 'ada');
  await expect(explorer.profile.getByText('Follows you')).toHaveCount(0);
  await expect.poll(() => explorer.counts()).toEqual([followers + 1, following - 1]);

  // A row of a list.
  const row = explorer.people.filter({ hasText: '@yeva_kravets' });
  await explorer.open('ada', { origin: own.origin });
  const before = await row.locator('.person-facts').innerText();
  await change(own, 'follow', 'rhys2192', 'yeva_kravets');
  await expect.poll(() => row.locator('.person-facts').innerText()).not.toBe(before);
});

test('the drawing changes its lines, and nobody moves', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  const sent = subscriptionsOf(page);
  const drawing = new Drawing(page);
  await explorer.open('ada', { origin: own.origin, query: '?by=newest' });
  const [rhys, yeva] = [await idOf(own, 'rhys2192'), await idOf(own, 'yeva_kravets')];
  const before = await drawing.atRest();
  expect(Object.keys(before.people)).toEqual(expect.arrayContaining([rhys, yeva]));
  const linesOf = async () => Object.keys((await drawing.atRest()).lines);
  const has = (lines: string[], follower: string, followed: string) =>
    lines.some((line) => line === `${follower}>${followed}` || line === `${followed}>${follower}`);
  const wasFollowing = has(Object.keys(before.lines), rhys, yeva);
  await expect.poll(() => sent.some(({ userIds }) => userIds.includes(rhys) && userIds.includes(yeva))).toBe(true);

  await change(own, wasFollowing ? 'unfollow' : 'follow', 'rhys2192', 'yeva_kravets');
  await expect.poll(async () => has(await linesOf(), rhys, yeva)).toBe(!wasFollowing);
  expect(await drawing.atRest()).toMatchObject({ people: before.people, zoom: before.zoom, pan: before.pan });
  await change(own, wasFollowing ? 'follow' : 'unfollow', 'rhys2192', 'yeva_kravets');
  await expect.poll(async () => has(await linesOf(), rhys, yeva)).toBe(wasFollowing);

  // The person in the middle: the list that was loaded still has the lost follower.
  const ada = await idOf(own, 'ada');
  await change(own, 'unfollow', 'rhys2192', 'ada');
  await expect.poll(async () => has(await linesOf(), rhys, ada)).toBe(false);
  await expect(drawing.note).toContainText('has 2,001 followers');
  const { people, lines } = await drawing.atRest();
  expect(people).toEqual(before.people);
  expect(has(Object.keys(lines), rhys, ada)).toBe(false);
});

test('continues after the connection was cut', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  const cuts: (() => Promise<void>)[] = [];
  const first: string[] = [];
  let isOpen = true;
  await page.routeWebSocket('**/graphql', (socket) => {
    if (!isOpen) return void socket.close({ code: 1013 });
    const server = socket.connectToServer();
    cuts.push(async () => {
      await socket.close({ code: 1012 });
      await server.close();
    });
    socket.onMessage((message) => {
      if (String(message).includes('"subscribe"')) first.push(String(message));
      server.send(message);
    });
  });
  await explorer.open('hina_sato', { origin: own.origin });
  const [followers] = await explorer.counts();
  await expect.poll(() => first.length).toBeGreaterThanOrEqual(2);
  await change(own, 'follow', 'ada', 'hina_sato');
  await expect.poll(async () => (await explorer.counts())[0]).toBe(followers + 1);

  isOpen = false;
  await Promise.all(cuts.map((cut) => cut()));
  await change(own, 'follow', 'rhys2192', 'hina_sato');
  await change(own, 'unfollow', 'ada', 'hina_sato');
  await change(own, 'follow', 'yeva_kravets', 'hina_sato');
  expect((await explorer.counts())[0]).toBe(followers + 1);
  isOpen = true;
  await expect.poll(async () => (await explorer.counts())[0]).toBe(followers + 2);
  await expect(page.getByRole('button', { name: '2 new followers: show' })).toBeVisible();
});

test('reads the users again if the server has forgotten what happened', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  let refusals = 0;
  await page.routeWebSocket('**/graphql', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      const { type, id, payload } = JSON.parse(String(message));
      // Only the first subscription of each kind.
      if (type !== 'subscribe' || !payload.extensions.position || refusals >= 2) return server.send(message);
      refusals++;
      const errors = [{ message: 'the changes are not known', extensions: { code: 'POSITION_EXPIRED' } }];
      void change(own, 'follow', refusals === 1 ? 'ada' : 'rhys2192', 'hina_sato').then(() =>
        socket.send(JSON.stringify({ id, type: 'error', payload: errors })),
      );
    });
  });
  await explorer.open('hina_sato', { origin: own.origin });
  const [followers] = await explorer.counts();
  await expect.poll(async () => (await explorer.counts())[0]).toBe(followers + 2);
  expect(refusals).toBe(2);
  await expect(page.getByRole('button', { name: /^New followers: show/ })).toBeVisible();
  await page.getByRole('button', { name: /^New followers: show/ }).click();
  await expect.poll(async () => (await explorer.usernames()).slice(0, 2).sort()).toEqual(['ada', 'rhys2192']);
  await change(own, 'unfollow', 'ada', 'hina_sato');
  await expect.poll(async () => (await explorer.counts())[0]).toBe(followers + 1);
});

test('pauses while the tab is hidden', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  const sent = subscriptionsOf(page);
  await explorer.open('hina_sato', { origin: own.origin });
  const [followers] = await explorer.counts();
  await expect.poll(() => sent.length).toBeGreaterThanOrEqual(2);
  const hide = (isHidden: boolean) =>
    page.evaluate((isHidden) => {
      Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  const closed = page.waitForEvent('websocket').catch(() => undefined);
  await hide(true);
  await change(own, 'follow', 'ada', 'hina_sato');
  expect((await explorer.counts())[0]).toBe(followers);
  const count = sent.length;
  await hide(false);
  await expect.poll(async () => (await explorer.counts())[0]).toBe(followers + 1);
  expect(sent.length).toBeGreaterThan(count);
  void closed;
});

test('is silent without subscriptions', async ({ explorer, page, startServer, expectAccessible }) => {
  const own = await startServer(['--graph=sql']);
  const answers: string[] = [];
  let sockets = 0;
  page.on('websocket', (socket) => {
    sockets++;
    socket.on('framereceived', ({ payload }) => answers.push(String(payload)));
  });
  await explorer.open('hina_sato', { origin: own.origin });
  await expect.poll(() => answers.some((answer) => answer.includes('SUBSCRIPTIONS_NOT_SUPPORTED'))).toBe(true);
  const [followers] = await explorer.counts();
  await change(own, 'follow', 'ada', 'hina_sato');
  await explorer.choose('Following');
  await explorer.choose('Followers');
  await expect.poll(async () => (await explorer.usernames())[0]).toBe('ada');
  expect((await explorer.counts())[0]).toBe(followers);
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(sockets).toBe(1);
  await expectAccessible();
});
