import assert from 'node:assert/strict';
import { test } from 'node:test';

import { celebrity, followersOf, openURL, register, trustedURL } from '../graph.ts';
import { followersDocument, loginDocument } from './documents.ts';
import { get, idOf, post } from './execute.ts';

for (const [kind, url] of [
  ['any', openURL],
  ['trusted', trustedURL],
] as const) {
  for (const [method, execute] of Object.entries({ get, post })) {
    test(`client preset: documentId over ${method}, on the server that accepts ${kind} documents`, async () => {
      const truth = await followersOf(celebrity);
      const page = async (after: string | null) => {
        const { data, errors } = await execute(url, followersDocument, { username: celebrity, first: 10, after });
        assert.equal(errors, undefined);
        assert(data?.user);
        return data.user.followers;
      };
      const seen: (string | undefined)[] = [];
      for (let pages = 0, after: string | null = null; pages < 3; pages++) {
        const { edges, pageInfo } = await page(after);
        seen.push(...edges.map(({ node }) => node?.username));
        after = pageInfo.endCursor;
      }
      assert.deepEqual(
        seen,
        truth.followers.slice(0, 30).map(({ node }) => node.username),
      );
    });
  }
}

test('client preset: a mutation by its documentId', async () => {
  const { id, username, password } = await register('codegen.login');
  const { data, errors } = await post(openURL, loginDocument, { input: { username, password } });
  assert.equal(errors, undefined);
  assert.equal(data?.login?.user?.id, id);
  const refused = await get(openURL, loginDocument, { input: { username, password } });
  assert.equal(refused.data, undefined);
  assert.equal(refused.errors?.length, 1, 'a mutation over GET');
});

test('client preset: the ids are the SHA-256 hashes that the preset writes', () => {
  assert.match(idOf(followersDocument), /^sha256:[0-9a-f]{64}$/);
});
