import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { CombinedGraphQLErrors, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import {
  createPersistedQueryManifestVerificationLink,
  generatePersistedQueryIdsFromManifest,
} from '@apollo/persisted-query-lists';

import { celebrity, followersOf, openURL, trustedURL } from '../graph.ts';
import { connect } from './client.ts';
import { CARDS, FOLLOW, FOLLOWERS, LOGIN, REGISTER, UNFOLLOW } from './documents.ts';

/** The links of a client that sends only ids of a manifest. */
function trusted(file: string) {
  const loadManifest = async () => JSON.parse(await readFile(new URL(file, import.meta.url), 'utf8'));
  return [
    createPersistedQueryManifestVerificationLink({
      loadManifest,
      onVerificationFailed: ({ reason }) => assert.fail(`the manifest is not that of the documents: ${reason}`),
    }),
    new PersistedQueryLink({
      ...generatePersistedQueryIdsFromManifest({ loadManifest }),
      useGETForHashedQueries: true,
    }),
  ];
}

for (const file of ['manifest.json', 'named-manifest.json']) {
  for (const [kind, url] of [
    ['any', openURL],
    ['trusted', trustedURL],
  ] as const) {
    test(`Apollo Client 4: ${file}, on the server that accepts ${kind} documents: queries over GET`, async () => {
      const truth = await followersOf(celebrity);
      const { client, exchanges } = connect(url, ...trusted(file));
      const { data } = await client.query({ query: FOLLOWERS, variables: { username: celebrity, first: 20 } });
      assert.deepEqual(
        data?.user?.followers.edges.map(({ node }) => node?.username),
        truth.followers.slice(0, 20).map(({ node }) => node.username),
      );
      assert.deepEqual(
        exchanges.map(({ method, status }) => [method, status]),
        [['GET', 200]],
      );
      assert.equal(exchanges[0]?.url.searchParams.has('query'), false);
    });

    test(`Apollo Client 4: ${file}, on the server that accepts ${kind} documents: signing in and following`, async () => {
      const { id } = await followersOf('linus', 1);
      const { client, exchanges, session } = connect(url, ...trusted(file));
      const suffix = `${file.length}${kind.length}`;
      const account = { username: `apollo.${suffix}`, password: 'a long password' };
      await client.mutate({
        mutation: REGISTER,
        variables: { input: { ...account, phoneNumber: `+41446680${suffix}` } },
      });
      const { data } = await client.mutate({ mutation: LOGIN, variables: account });
      assert(data?.login);
      session.token = data.login.token;

      const followed = await client.mutate({ mutation: FOLLOW, variables: { id } });
      assert.equal(followed.data?.followUser.changed, true);
      assert.equal(followed.data.followUser.user.viewerIsFollowing, true);
      assert.equal(followed.data.followUser.viewer.stats.followingsCount, 1);

      const card = await client.query({ query: CARDS, variables: { ids: [id] }, fetchPolicy: 'network-only' });
      assert.equal(card.data?.nodes[0]?.viewerIsFollowing, true);
      const asked = exchanges.at(-1);
      assert.equal(asked?.method, 'GET');
      assert.match(asked.answer.get('cache-control') ?? '', /\bprivate\b/, "an answer that is the caller's alone");
      assert.match(asked.answer.get('vary') ?? '', /\bAuthorization\b/);

      const unfollowed = await client.mutate({ mutation: UNFOLLOW, variables: { id } });
      assert.equal(unfollowed.data?.unfollowUser.changed, true);
      assert.equal(unfollowed.data.unfollowUser.viewer.stats.followingsCount, 0);

      const mutations = exchanges.filter((each) => each !== asked);
      assert(mutations.every(({ method, body }) => method === 'POST' && !('query' in (body as object))));
    });
  }
}

test('Apollo Client 4: the server for trusted documents rejects others', async () => {
  const { client } = connect(trustedURL);
  await assert.rejects(
    client.query({
      query: gql`
        query Other {
          viewer {
            username
          }
        }
      `,
    }),
    (error) => {
      assert(CombinedGraphQLErrors.is(error), String(error));
      assert.equal(error.errors[0]?.extensions?.['code'], 'FORBIDDEN');
      return true;
    },
  );
});
