/** Makes changes of a user's followers: by mutations of two instances, and by SQL. */
import assert from 'node:assert/strict';
import { randomUUID, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client } from 'pg';

import type { Account } from '../graph.ts';
import { register } from '../graph.ts';
import { Server } from '../server.ts';

/** A change in the order of the commits, and the number of followers after it. */
export interface Expected {
  kind: 'GAINED' | 'LOST';
  followerId: string;
  followersCount: number;
}

export interface Follower extends Account {
  token: string;
}

/** Returns the global id of a user. */
export const idOf = (cognitoId: string): string => Buffer.from(`User:${cognitoId}`).toString('base64url');
/** Returns the Cognito id of a user. */
export const cognitoIdOf = (id: string): string => Buffer.from(id, 'base64url').toString().replace('User:', '');

export class Database {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Opens the database of a server's data directory. */
  static async open(directory: string): Promise<Database> {
    const client = new Client({ host: `${directory}/run`, user: 'followgraph', database: 'followgraph' });
    await client.connect();
    return new Database(client);
  }

  /** Runs a statement as a program outside of the server does. */
  async run(statement: string, ...values: unknown[]): Promise<void> {
    await this.#client.query(statement, values);
  }

  /** Returns the number of a user's followers. */
  async followersCount(id: string): Promise<number> {
    const counted = await this.#client.query('SELECT count(*)::int AS n FROM user_follows WHERE following_id = $1', [cognitoIdOf(id)]);
    return counted.rows[0].n;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** Signs a new account in. */
export async function newFollower(server: Server, username: string): Promise<Follower> {
  const account = await register(username);
  return { ...account, token: await server.signIn(username, account.password) };
}

/** Returns the token with so many seconds to live, signed with the key of the server. */
export async function expiring(token: string, keyFile: string, seconds: number): Promise<string> {
  const [header = '', claims = ''] = token.split('.');
  const exp = Math.ceil(Date.now() / 1000) + seconds;
  const shortened = JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), exp });
  const text = `${header}.${Buffer.from(shortened).toString('base64url')}`;
  return `${text}.${sign(null, Buffer.from(text), await readFile(keyFile, 'utf8')).toString('base64url')}`;
}

/** The changes of one user. */
export class Changes {
  readonly expected: Expected[] = [];
  readonly #database: Database;
  readonly #followers: readonly Follower[];
  readonly #user: string;
  readonly #following = new Map<string, boolean>();
  #count: number;
  #strangers: string[] = [];
  #position: string | undefined;

  /** @param count the number of followers before */
  constructor(database: Database, user: string, followers: readonly Follower[], count = 0) {
    this.#database = database;
    this.#count = count;
    this.#user = user;
    this.#followers = followers;
  }

  /**
   * Makes so many changes, in turns by mutations of these instances and by SQL. Each is committed before the next. Only
   * one by SQL differs from all others: its follower begins and ends only one follow.
   */
  async make(count: number, ...instances: Server[]): Promise<void> {
    for (let i = 0; i < count; i++) {
      const by = this.expected.length % (instances.length + 1);
      const server = instances[by];
      await (server ? this.#mutate(server) : this.#execute());
    }
  }

  /**
   * The position of the answer to the last change, which must be one by a mutation. It includes all changes until then,
   * whichever server knows them already.
   */
  get position(): string {
    assert(this.#position, 'the last change is one by SQL, which has no position');
    return this.#position;
  }

  async #mutate(server: Server): Promise<void> {
    const follower = this.#followers[this.expected.length % this.#followers.length];
    assert(follower);
    const follows = this.#following.get(follower.id) ?? false;
    const field = follows ? 'unfollowUser' : 'followUser';
    const { data, position } = await server.answer<Record<string, { changed: boolean }>>(
      `mutation ($id: ID!) { ${field}(input: { userId: $id }) { changed } }`,
      { id: this.#user },
      follower.token,
    );
    assert.equal(data[field]?.changed, true);
    this.#following.set(follower.id, !follows);
    this.#note(follows ? 'LOST' : 'GAINED', follower.id);
    this.#position = position;
  }

  async #execute(): Promise<void> {
    const following = cognitoIdOf(this.#user);
    if (this.#strangers.length > 2) {
      const follower = this.#strangers.shift()!;
      const statement = 'DELETE FROM user_follows WHERE follower_id = $1 AND following_id = $2';
      await this.#database.run(statement, follower, following);
      this.#note('LOST', idOf(follower));
      return;
    }
    const follower = randomUUID();
    const statement = 'INSERT INTO user_follows (follower_id, following_id) VALUES ($1, $2)';
    await this.#database.run(statement, follower, following);
    this.#strangers.push(follower);
    this.#note('GAINED', idOf(follower));
  }

  /** Makes more changes in one commit than an event may have. */
  async flood(): Promise<void> {
    await this.#database.run(
      'INSERT INTO user_follows (follower_id, following_id) SELECT gen_random_uuid(), $1 FROM generate_series(1, 1001)',
      cognitoIdOf(this.#user),
    );
    this.#count += 1001;
    this.#position = undefined;
  }

  #note(kind: Expected['kind'], followerId: string): void {
    this.#position = undefined;
    this.#count += kind === 'GAINED' ? 1 : -1;
    this.expected.push({ kind, followerId, followersCount: this.#count });
  }
}
