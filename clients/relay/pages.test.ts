import assert from 'node:assert/strict';
import { test } from 'node:test';

import { celebrity, followersOf, openURL, trustedURL } from '../graph.ts';
import { connect, next, query, read, type Naming } from './environment.ts';
import user, { type Followers_user$data } from './__generated__/Followers_user.graphql.ts';
import followers, { type FollowersQuery } from './__generated__/FollowersQuery.graphql.ts';

type Page = Followers_user$data['followers'] & { pageInfo: { hasNextPage: boolean; endCursor: string } };

const count = 10;

for (const [kind, url] of [
  ['any', openURL],
  ['trusted', trustedURL],
] as const) {
  for (const [naming, method] of [
    ['doc_id', 'POST'],
    ['id', 'POST'],
    ['documentId', 'POST'],
    ['doc_id', 'GET'],
    ['id', 'GET'],
    ['documentId', 'GET'],
  ] as [Naming, 'GET' | 'POST'][]) {
    test(`Relay: pages by ${naming} over ${method}, on the server that accepts ${kind} documents`, async () => {
      const truth = await followersOf(celebrity, 3 * count);
      const { environment, exchanges } = connect(url, naming, method);
      const data = await query<FollowersQuery>(environment, followers, { username: celebrity, count });
      assert(data.user);
      for (const pages of [1, 2, 3]) {
        const page: Page = read<{ followers: Page }>(environment, user, data.user).followers;
        assert.deepEqual(
          page.edges.map(({ followedAt, node }) => ({ followedAt, node: { id: node?.id, username: node?.username } })),
          truth.followers.slice(0, pages * count),
        );
        assert.equal(page.totalCount, truth.total);
        assert.equal(page.pageInfo.hasNextPage, true);
        if (pages < 3) {
          await next(environment, user, data.user, { count, cursor: page.pageInfo.endCursor, id: data.user.id });
        }
      }
      assert.deepEqual(
        exchanges.map((each) => [each.method, each.status]),
        Array(3).fill([method, 200]),
      );
    });
  }
}

test('Relay: the last page ends the connection', async () => {
  const truth = await followersOf(celebrity);
  const { environment } = connect(openURL, 'doc_id');
  const data = await query<FollowersQuery>(environment, followers, { username: celebrity, count: 100 });
  assert(data.user);
  let page = read<{ followers: Page }>(environment, user, data.user).followers;
  while (page.pageInfo.hasNextPage) {
    await next(environment, user, data.user, { count: 100, cursor: page.pageInfo.endCursor, id: data.user.id });
    page = read<{ followers: Page }>(environment, user, data.user).followers;
  }
  assert.equal(page.edges.length, truth.total);
});

test('Relay: an unknown id is an error of the query', async () => {
  const { environment, exchanges } = connect(openURL, 'doc_id');
  const unknown = { ...followers, params: { ...followers.params, id: '0'.repeat(32) } } as typeof followers;
  await assert.rejects(query<FollowersQuery>(environment, unknown, { username: celebrity, count }));
  assert.equal(exchanges[0]?.status, 404);
});
