import { expect } from './fixture.ts';
import { EXCEPTIONS, test } from './playground.ts';
import { PASSWORD } from './sample.ts';

/** A user that ada does not follow. */
const USER_ID = 'VXNlcjpmYjgxZTk2Ni0wZDI0LTRiMjQtYWNiOC04NTAzNDVlYzBiNTY';

test('runs a subscription, shows each event, and stops', async ({ playground, startServer, keepPicture, expectAccessible }) => {
  const own = await startServer();
  const { page } = playground;
  const token = await own.signIn('ada', PASSWORD);
  const change = (verb: 'Follow' | 'Unfollow') =>
    own.ask(
      `mutation ($input: ${verb}UserInput!) { ${verb.toLowerCase()}User(input: $input) { changed } }`,
      { input: { userId: USER_ID } },
      token,
    );
  const answer = async () => JSON.parse((await playground.text('response.json')) || '{}').data?.followersChanged;
  await playground.open(own.origin);
  await playground.choose('FollowersLive');
  await playground.write('variables.json', JSON.stringify({ userId: USER_ID }));
  const subscribed = page.waitForEvent('websocket').then(async (socket) => {
    await socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('"subscribe"'));
    return socket;
  });
  await playground.executeButton.click();
  const socket = await subscribed;
  const stop = page.getByRole('button', { name: /Stop query/ });
  await expect(stop).toBeVisible();

  await change('Follow');
  await expect.poll(answer).toMatchObject({ changes: [{ kind: 'GAINED', edge: { node: { username: 'ada' } } }] });
  const { user } = await answer();
  await expect(playground.report).toContainText('1 event');
  await keepPicture();
  await expectAccessible(EXCEPTIONS);
  await change('Unfollow');
  await expect.poll(answer).toMatchObject({
    user: { ...user, stats: { followersCount: user.stats.followersCount - 1 } },
    changes: [{ kind: 'LOST' }],
  });
  const closed = socket.isClosed() ? undefined : socket.waitForEvent('close');
  await stop.click();
  await closed;
  await expect(playground.executeButton).toBeVisible();
});

test('subscribes with the session', async ({ playground, startServer }) => {
  const own = await startServer();
  await playground.open(own.origin);
  const subscription = 'subscription { followersGained { viewer { username } edges { node { username } } } }';
  await playground.write('operation.graphql', subscription);
  expect((await playground.run()).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  await expect(playground.executeButton).toBeVisible();

  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  const subscribed = playground.page.waitForEvent('websocket').then((socket) =>
    socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('"subscribe"')),
  );
  await playground.executeButton.click();
  await subscribed;
  const { user } = await own.ask<{ user: { id: string } }>('{ user(username: "ada") { id } }');
  const token = await own.signIn('yeva_kravets', PASSWORD);
  for (const verb of ['unfollow', 'follow'] as const) {
    const type = verb === 'follow' ? 'FollowUserInput' : 'UnfollowUserInput';
    const document = `mutation ($input: ${type}!) { ${verb}User(input: $input) { changed } }`;
    await own.ask(document, { input: { userId: user.id } }, token);
  }
  await expect
    .poll(async () => JSON.parse((await playground.text('response.json')) || '{}').data?.followersGained)
    .toEqual({ viewer: { username: 'ada' }, edges: [{ node: { username: 'yeva_kravets' } }] });
});

test('shows why there are no subscriptions', async ({ playground, startServer, watch }) => {
  const own = await startServer(['--graph=sql']);
  await playground.open(own.origin);
  await playground.choose('FollowersLive');
  const answer = await playground.run();
  expect(answer.errors?.[0]?.extensions?.code).toBe('SUBSCRIPTIONS_NOT_SUPPORTED');
  expect(answer.errors?.[0]?.message).toContain('--graph');
  await expect(playground.executeButton).toBeVisible();

  watch.allowConsole(/ERR_CONNECTION_REFUSED/);
  await own.stop();
  expect((await playground.run()).errors?.[0]?.message).toContain('There is no connection for subscriptions');
});
