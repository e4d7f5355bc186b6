/** What every client library gets: each change once and in order, whatever happens to its connection and instance. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../server.ts';
import { Changes, Database, expiring, newFollower, type Follower } from './changes.ts';
import { closing, type FollowersGained, type Library, type LiveClient } from './client.ts';
import { libraries } from './libraries.ts';
import { Proxy, until } from './proxy.ts';
import { Received, ReceivedChanges } from './received.ts';

const directory = process.env['FOLLOWGRAPH_DIRECTORY'] ?? '';
const first = Server.at(process.env['FOLLOWGRAPH_URL'] ?? '', directory);

let second: Server;
let database: Database;
let followers: Follower[];
const opened: { client: LiveClient; proxy: Proxy }[] = [];

before(async () => {
  second = await Server.join(directory, (process.env['FOLLOWGRAPH_FLAGS'] ?? '').split(' '));
  database = await Database.open(directory);
  followers = await Promise.all(['live.one', 'live.two', 'live.three'].map((username) => newFollower(first, username)));
});
after(async () => {
  for (const { client, proxy } of opened) {
    client.close();
    await proxy.close();
  }
  await database.close();
  await second.remove();
});

let accounts = 0;
const newUser = () => newFollower(first, `live.user${accounts++}`);

const anonymous = () => undefined;

/** Returns a client that reaches an instance through its own network. */
async function open(connect: Library['connect'], token: () => string | undefined = anonymous, to = first.url) {
  const proxy = await Proxy.open(to);
  const client = closing(connect(proxy.url, token));
  opened.push({ client, proxy });
  return { client, proxy };
}

for (const { name, transport, connect } of libraries) {
  test(`${name}: every change comes once and in order, through lost connections`, async () => {
    const user = await newUser();
    const { client, proxy } = await open(connect);
    const received = new ReceivedChanges();
    const changes = new Changes(database, user.id, followers);
    const stop = client.followersChanged(user.id, received, await first.position());
    await changes.make(12, first, second);
    await received.check(changes.expected);
    for (const instance of [second, first, second]) {
      proxy.cut(instance.url);
      await changes.make(7, first, second); // some of them before the client has connected again
    }
    await received.check(changes.expected);
    await changes.make(3, first, second);
    await received.check(changes.expected);
    stop();
    client.close();
    await until(() => proxy.connections === 0);
    await changes.make(1, first);
    assert.equal(received.end?.length ?? 0, 0);
  });

  test(`${name}: without a position, a subscription begins with the next change`, async () => {
    const user = await newUser();
    const { client } = await open(connect);
    const received = new ReceivedChanges();
    const changes = new Changes(database, user.id, followers);
    client.followersChanged(user.id, received);
    while (received.events.length === 0) await changes.make(1, first, second);
    await changes.make(6, first, second);
    await changes.make(1); // by SQL: no change before it is equal
    const { kind, followerId } = changes.expected.at(-1)!;
    await received.until(({ changes }) => changes.at(-1)?.followerId === followerId && changes.at(-1)?.kind === kind);
    assert(received.changes.length >= 8);
    await received.check(changes.expected.slice(-received.changes.length));
  });

  test(`${name}: a new password ends the subscription`, async () => {
    const user = await newUser();
    const { client } = await open(connect, () => user.token);
    const received = new Received<FollowersGained>();
    client.followersGained(received, await first.position());
    await new Changes(database, user.id, followers).make(1, first);
    await received.until(({ events }) => events.length >= 1);
    const [event] = received.events;
    assert.equal(event?.followersGained.edges[0]?.node?.username, 'live.one');
    assert.equal(event.followersGained.viewer.stats.followersCount, 1);
    await second.ask(
      'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { user { id } } }',
      { input: { currentPassword: user.password, newPassword: `${user.password}, renewed` } },
      user.token,
    );
    await received.until(({ end }) => end !== undefined);
    assert.deepEqual(received.end, [transport === 'websocket' ? 4401 : 'UNAUTHENTICATED']);
  });

  test(`${name}: a position that is too old, and reading the data again`, async () => {
    const user = await newUser();
    const { client } = await open(connect);
    const changes = new Changes(database, user.id, followers);
    await changes.make(5, first, second);
    const now = changes.position; // of the second instance: the first one may not have it yet

    const old = new ReceivedChanges();
    const stop = client.followersChanged(user.id, old, now.replace(/[0-9A-F]{16}$/, '0000000000000001'));
    await old.until(({ end }) => end !== undefined);
    assert.deepEqual(old.end, ['POSITION_EXPIRED']);
    assert.deepEqual(old.events, []);
    stop(); // urql would share the one that has ended

    // An import is too large for an event.
    const before = new ReceivedChanges();
    const stopBefore = client.followersChanged(user.id, before, now);
    await changes.make(1, first);
    await before.check(changes.expected.slice(-1));
    await changes.flood();
    await before.until(({ end }) => end !== undefined);
    assert.deepEqual(before.end, ['POSITION_EXPIRED']);
    assert.equal(before.changes.length, 1);
    stopBefore();

    const again = new ReceivedChanges();
    client.followersChanged(user.id, again, await first.position()); // it has ended before: it knows the import
    const made = changes.expected.length;
    await changes.make(2, first, second);
    await again.check(changes.expected.slice(made));
  });

  test(`${name}: an error at the begin reaches the caller once`, async () => {
    const { client } = await open(connect);
    const malformed = new ReceivedChanges();
    client.followersChanged('x', malformed);
    await malformed.until(({ end }) => end !== undefined);
    assert.deepEqual(malformed.end, ['BAD_USER_INPUT']);
    const anonymous = new Received<FollowersGained>();
    client.followersGained(anonymous);
    await anonymous.until(({ end }) => end !== undefined);
    assert.deepEqual(anonymous.end, ['UNAUTHENTICATED']);
  });
}

test('every library: a token expires', async () => {
  await Promise.all(
    libraries.map(async ({ name, transport, connect }) => {
      const user = await newUser();
      const changes = new Changes(database, user.id, followers);
      let token = await expiring(user.token, `${directory}/token-key.pem`, 8); // to connect on a busy machine
      const { client, proxy } = await open(connect, () => {
        const given = token;
        token = user.token; // what a refresh returns, the next time
        return given;
      });
      const received = new Received<FollowersGained>();
      client.followersGained(received, await first.position());
      await changes.make(1, first);
      await received.until(({ events }) => events.length >= 1);
      if (transport !== 'websocket') {
        await received.until(({ end }) => end !== undefined);
        assert.deepEqual(received.end, ['UNAUTHENTICATED'], name);
        return;
      }
      // graphql-ws connects again by itself after 4403, and asks for the token again.
      await until(() => proxy.accepted > 1);
      await changes.make(1, first);
      await received.until(({ events }) => events.length >= 2);
      assert.equal(received.events.length, 2, name);
      assert.equal(received.end, undefined, name);
    }),
  );
});

test('every library: an account loses the role of an operator', async () => {
  const user = await newUser();
  await first.run(['users', 'set-role', user.username, 'OPT_USER']);
  // Another process has written the role. A client that connects before the instance knows it has no role to lose. The
  // instance shows private fields by the same knowledge.
  for (let phoneNumber; !phoneNumber; ) {
    const query = '{ user(username: "live.one") { phoneNumber } }';
    ({ phoneNumber } = (await first.ask<{ user: { phoneNumber?: string } }>(query, {}, user.token)).user);
  }
  const begin = await first.position();
  const all = await Promise.all(
    libraries.map(async ({ name, transport, connect }) => {
      const { client, proxy } = await open(connect, () => user.token);
      const received = new Received<FollowersGained>();
      client.followersGained(received, begin);
      return { name, transport, proxy, received };
    }),
  );
  const changes = new Changes(database, user.id, followers);
  await changes.make(1, first);
  for (const { received } of all) await received.until(({ events }) => events.length >= 1);
  await first.run(['users', 'set-role', user.username, 'END_USER']);
  for (const { name, transport, proxy, received } of all) {
    if (transport === 'websocket') {
      await until(() => proxy.accepted > 1); // graphql-ws connects again by itself after 4403
      assert.equal(received.end, undefined, name);
    } else {
      await received.until(({ end }) => end !== undefined);
      assert.deepEqual(received.end, ['FORBIDDEN'], name);
    }
  }
});

test('every library: instances that are killed or stopped, and resuming on another one', async () => {
  const user = await newUser();
  const changes = new Changes(database, user.id, followers);
  const begin = await first.position();
  const all = await Promise.all(
    libraries.map(async ({ connect }) => {
      const { client, proxy } = await open(connect, anonymous, second.url);
      const received = new ReceivedChanges();
      client.followersChanged(user.id, received, begin);
      return { proxy, received };
    }),
  );
  const check = async () => {
    for (const { received } of all) await received.check(changes.expected);
  };
  await changes.make(6, first, second);
  await check();
  for (const end of ['kill', 'stop'] as const) {
    all.forEach(({ proxy }) => proxy.lead(first.url));
    await second[end]();
    await changes.make(6, first);
    await check();
    await second.start();
    await second.position(); // it knows the changes since it has read the graph
    await changes.make(3, first, second);
    await check();
    all.forEach(({ proxy }) => proxy.cut(second.url));
    await changes.make(6, first, second);
    await check();
  }
});
