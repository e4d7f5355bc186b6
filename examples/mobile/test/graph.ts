/** Queries without the app, with the documents of graph.json. Tests compare the app with them. */
import assert from 'node:assert/strict';

export const trustedURL = address('TRUSTED_URL');
export const limitedURL = address('LIMITED_URL');

function address(variable: string): string {
  const url = process.env[variable];
  assert(url, `${variable} is not set: run the tests with npm test`);
  return url;
}

async function ask<Data>(documentId: string, variables: object = {}): Promise<Data> {
  const response = await fetch(trustedURL, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ documentId, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Returns the number of followers of a user, and the newest hundred as the app shows them. */
export async function followersOf(username: string): Promise<{ count: number; lines: string[] }> {
  const { user } = await ask<{
    user: { stats: { followersCount: number }; followers: { edges: { followedAt: string; node: { username: string } }[] } };
  }>('followers', { username });
  return {
    count: user.stats.followersCount,
    lines: user.followers.edges.map(
      ({ node, followedAt }, index) => `${String(index + 1).padStart(4)}. ${node.username}, since ${followedAt.slice(0, 10)}`,
    ),
  };
}

/** Returns a user whose followers have two pages. */
export async function withTwoPages(): Promise<string> {
  const { users } = await ask<{ users: { nodes: { username: string; stats: { followersCount: number } }[] } }>('users');
  const found = users.nodes.find(({ stats }) => stats.followersCount > 10 && stats.followersCount <= 20);
  assert(found);
  return found.username;
}

/** Creates an account and returns its password. */
export async function register(username: string, phoneNumber: string): Promise<string> {
  const password = `the password of ${username}`;
  await ask('register', { input: { username, phoneNumber, password } });
  return password;
}
