/** Queries without a client library. Tests compare the results of the clients with them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

/** The server that accepts every document. */
export const openURL = address('FOLLOWGRAPH_URL');
/** The server that accepts only trusted documents. It has the same graph. */
export const trustedURL = address('FOLLOWGRAPH_TRUSTED_URL');

/** A user of the sample graph with many followers. */
export const celebrity = 'ada';

function address(variable: string): string {
  const url = process.env[variable];
  assert(url, `${variable} is not set: run the tests with npm test`);
  return url;
}

/** Runs an operation that must succeed. */
export async function ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
  const response = await fetch(openURL, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

export interface Follower {
  followedAt: string;
  node: { id: string; username: string };
}

/** Returns a user and their newest followers, newest first. */
export async function followersOf(
  username: string,
  first = 100,
): Promise<{ id: string; total: number; followers: Follower[] }> {
  const { user } = await ask<{ user: { id: string; followers: { totalCount: number; edges: Follower[] } } }>(
    `query ($username: String!, $first: Int!) {
      user(username: $username) { id followers(first: $first) { totalCount edges { followedAt node { id username } } } }
    }`,
    { username, first },
  );
  return { id: user.id, total: user.followers.totalCount, followers: user.followers.edges };
}

export interface Account {
  id: string;
  username: string;
  password: string;
}

/** Creates an account. Each test that signs in has a separate account. */
export async function register(username: string): Promise<Account> {
  const digits = BigInt(`0x${createHash('sha256').update(username).digest('hex')}`) % 10_000_000n;
  const phoneNumber = `+4179${String(digits).padStart(7, '0')}`;
  const password = `the password of ${username}`;
  const made = await ask<{ register: { user: { id: string } } }>(
    'mutation ($input: RegisterInput!) { register(input: $input) { user { id } } }',
    { input: { username, phoneNumber, password } },
  );
  return { id: made.register.user.id, username, password };
}
