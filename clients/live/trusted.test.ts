/** Subscriptions by the id of their document, on the server that accepts only trusted documents. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { HttpLink } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists';
import { mapExchange, makeOperation } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

import { resume, type Extensions } from '../../examples/subscription/resume.ts';
import { connect as apollo } from '../apollo/live.ts';
import { followersChangedDocument, followersDocument } from '../codegen/documents.ts';
import { idOf } from '../codegen/execute.ts';
import { followersOf, trustedURL } from '../graph.ts';
import { relayEvents, relaySocket } from '../relay/live.ts';
import { Server } from '../server.ts';
import { connect as urql, subscriptions } from '../urql/live.ts';
import { Changes, Database } from './changes.ts';
import { closing, FOLLOWERS_CHANGED, type LiveClient } from './client.ts';
import { connectEvents } from './graphql-sse.ts';
import { connectSocket } from './graphql-ws.ts';
import { ReceivedChanges } from './received.ts';

const directory = process.env['FOLLOWGRAPH_TRUSTED_DIRECTORY'] ?? '';
const server = Server.at(trustedURL, directory);
const anonymous = () => undefined;

const known = { documentId: idOf(followersDocument), variables: { username: 'linus', first: 1 } };

let database: Database;
before(async () => void (database = await Database.open(directory)));
after(() => database.close());

const manifestIds = () =>
  generatePersistedQueryIdsFromManifest({
    loadManifest: async () => JSON.parse(await readFile(new URL('../apollo/manifest.json', import.meta.url), 'utf8')),
  });

/** Sends ids instead of texts. */
const documentIdExchange = mapExchange({
  onOperation: (operation) =>
    makeOperation(operation.kind, {
      ...operation,
      query: { ...operation.query, definitions: [], documentId: idOf(operation.query) } as typeof operation.query,
    }),
});
const persisted = () =>
  persistedExchange({
    enforcePersistedQueries: true,
    enableForSubscriptions: true,
    generateHash: async (_text, document) => idOf(document),
  });

interface Sender {
  subscribe(request: { query: string; extensions: Extensions }, sink: any): () => void;
}

/** A client of graphql-ws or graphql-sse. Both require a query, which may be empty. */
function byId(client: Sender & { dispose(): unknown }): Pick<LiveClient, 'followersChanged' | 'close'> {
  return {
    followersChanged(id, receiver, position) {
      const extensions: Extensions = position ? { position } : {};
      const request = { documentId: idOf(followersChangedDocument), query: '', variables: { id }, extensions };
      return resume<any>(extensions, (sink) => client.subscribe(request, sink), {
        ...receiver,
        error: (error) => receiver.error(error),
        complete: () => receiver.complete(),
        next: ({ data, errors }) => (data ? receiver.next(data) : receiver.error(errors)),
      });
    },
    close: () => void client.dispose(),
  };
}

const clients: Record<string, () => Pick<LiveClient, 'followersChanged' | 'close'>> = {
  'graphql-ws: documentId': () => byId(connectSocket(trustedURL, anonymous) as Sender & { dispose(): unknown }),
  'graphql-sse: documentId': () => byId(connectEvents(trustedURL, anonymous) as Sender & { dispose(): unknown }),
  'Apollo Client 4: a hash of the manifest, multipart': () =>
    apollo(new PersistedQueryLink(manifestIds()).concat(new HttpLink({ uri: trustedURL, includeExtensions: true }))),
  'Apollo Client 4: the text of the manifest, graphql-ws': () => {
    const socket = connectSocket(trustedURL, anonymous);
    return { ...apollo(new GraphQLWsLink(socket)), close: () => void socket.dispose() };
  },
  'urql: documentId, graphql-ws': () => {
    const socket = connectSocket(trustedURL, anonymous);
    const client = urql(trustedURL, [documentIdExchange, subscriptions(socket)], anonymous);
    return { ...client, close: () => void socket.dispose() };
  },
  'urql: a hash, graphql-ws': () => {
    const socket = connectSocket(trustedURL, anonymous);
    return { ...urql(trustedURL, [persisted(), subscriptions(socket)], anonymous), close: () => void socket.dispose() };
  },
  'urql: a hash, graphql-sse': () => {
    const events = connectEvents(trustedURL, anonymous);
    return { ...urql(trustedURL, [persisted(), subscriptions(events)], anonymous), close: () => events.dispose() };
  },
  'Relay: documentId, graphql-ws': () => relaySocket.connect(trustedURL, anonymous),
  'Relay: documentId, graphql-sse': () => relayEvents.connect(trustedURL, anonymous),
};

for (const [name, connect] of Object.entries(clients)) {
  test(`${name}: subscribes without the text of an untrusted document`, async () => {
    const { id } = await followersOf('linus', 1); // the open server has the same users, though not the same follows
    const client = closing(connect() as LiveClient);
    const received = new ReceivedChanges();
    const changes = new Changes(database, id, [], await database.followersCount(id));
    client.followersChanged(id, received, await server.position(known));
    await changes.make(3);
    await received.check(changes.expected);
    client.close();
  });
}

test('the server for trusted documents refuses other subscriptions', async () => {
  for (const client of [connectSocket(trustedURL, anonymous), connectEvents(trustedURL, anonymous)]) {
    const received = new ReceivedChanges();
    client.subscribe<any>(
      { query: FOLLOWERS_CHANGED.replace('FollowersChanged', 'Other'), variables: { id: 'x' } },
      {
        next: ({ errors }) => received.error(errors),
        error: (error) => received.error(error),
        complete: () => received.complete(),
      },
    );
    await received.until(({ end }) => end !== undefined);
    // graphql-sse does not read the body of a status that is not 200.
    assert.match(String(received.end), /^(FORBIDDEN|NetworkError: .* 403: Forbidden)$/);
    void client.dispose();
  }
});
