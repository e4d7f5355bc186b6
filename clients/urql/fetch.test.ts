/** Subscriptions by urql's own fetchExchange, which reads server-sent events. It does not connect again by itself. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Changes, Database, newFollower } from '../live/changes.ts';
import { closing } from '../live/client.ts';
import { ReceivedChanges } from '../live/received.ts';
import { Server } from '../server.ts';
import { connect } from './live.ts';

const directory = process.env['FOLLOWGRAPH_DIRECTORY'] ?? '';
const server = Server.at(process.env['FOLLOWGRAPH_URL'] ?? '', directory);

let database: Database;
before(async () => void (database = await Database.open(directory)));
after(() => database.close());

test('urql: fetchSubscriptions: changes and errors', async () => {
  const user = await newFollower(server, 'urql.fetch');
  const followers = [await newFollower(server, 'urql.fetch.fan')];
  const client = closing(connect(server.url, [], () => undefined));
  const received = new ReceivedChanges();
  const changes = new Changes(database, user.id, followers);
  const begin = await server.position();
  client.followersChanged(user.id, received, begin);
  await changes.make(6, server);
  await received.check(changes.expected);
  client.close();

  const old = new ReceivedChanges();
  client.followersChanged(user.id, old, begin.replace(/[0-9A-F]{16}$/, '0000000000000001'));
  await old.until(({ end }) => end !== undefined);
  assert.deepEqual(old.end, ['POSITION_EXPIRED']);
  client.close();
});
