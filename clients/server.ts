import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// The program that is tested.
const BINARY = process.env['BINARY'] ?? fileURLToPath(new URL('../bin/followgraph', import.meta.url));

// Passwords at the least cost: what they cost is not what is tested.
const COMMON = ['--password-cost', '4', '--log-level', 'warn'];

/** The program on a private PostgreSQL of its own. It can be stopped and started again, at the same address. */
export class Server {
  /** The data directory. */
  readonly directory: string;
  #flags: string[] = [];
  #listen = '127.0.0.1:0';
  #process: ChildProcess | undefined;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Makes a server, which does not run yet.
   *
   * @param data a data directory to copy, whose server does not run; absent: an empty one
   */
  static async create(data?: string): Promise<Server> {
    const directory = await mkdtemp(join(tmpdir(), 'followgraph-test-'));
    const server = new Server(directory);
    try {
      // With its owners: as root, PostgreSQL's files are another user's.
      if (data) await promisify(execFile)('cp', ['-a', `${data}/.`, directory]);
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /**
   * Makes a server with a sample graph of its own, and starts it.
   *
   * @param users the size of the sample, whose content is then always the same
   * @param flags further flags of `serve`
   */
  static async startSample(users: number, flags: string[]): Promise<Server> {
    const server = await Server.create();
    try {
      await server.run(['sample', '--users', String(users)]);
      await server.start(flags);
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /** The server's origin: `http://127.0.0.1:PORT`. The same after another start. */
  get origin(): string {
    return `http://${this.#listen}`;
  }

  /** The address of the GraphQL endpoint. */
  get url(): string {
    return `${this.origin}/graphql`;
  }

  /** Runs another subcommand on the same data, whether the server runs or not: `run(['users', 'set-role', …])`. */
  async run(args: string[], input = ''): Promise<string> {
    const running = promisify(execFile)(BINARY, [...args, '--data-dir', this.directory, ...COMMON], {
      env: environment(),
    });
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  /**
   * Starts it, and waits until it answers.
   *
   * @param flags further flags of `serve`; absent: those of the start before
   */
  async start(flags = this.#flags): Promise<void> {
    this.#flags = flags;
    const args = ['serve', '--listen', this.#listen, '--data-dir', this.directory, ...COMMON, ...flags];
    this.#process = spawn(BINARY, args, {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true, // an interrupt from the terminal would be its first, and stop's its second, which is not orderly
    });
    this.#listen = await announcement(this.#process.stdout!);
  }

  /** Stops it as an operator does. */
  async stop(): Promise<void> {
    const stopping = this.#process;
    if (!stopping) return;
    this.#process = undefined;
    const ended = stopping.exitCode === null && stopping.signalCode === null ? once(stopping, 'exit') : undefined;
    stopping.kill('SIGINT');
    await ended;
    if (stopping.exitCode !== 0) {
      throw new Error(`serve ended with ${stopping.exitCode ?? stopping.signalCode}`);
    }
  }

  /** Forgets the key that signs tokens. The next start makes another one. */
  async renewKey(): Promise<void> {
    await rm(join(this.directory, 'token-key.pem'));
  }

  /** Removes all of them, even where one does not stop as it should, of which it tells then. */
  static async removeAll(servers: Server[]): Promise<void> {
    const ended = await Promise.allSettled(servers.map((server) => server.remove()));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }

  /** Stops it and removes its data. */
  async remove(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await rm(this.directory, { recursive: true });
    }
  }

  /**
   * The data that a document gives, asked without the client that is tested: to prepare a test, or to know what the
   * client should show.
   *
   * @param token who asks, nobody where it is absent; see signIn
   */
  async ask<Data>(query: string, variables: object = {}, token?: string): Promise<Data> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as { data?: Data; errors?: unknown };
    if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer));
    return answer.data;
  }

  /** The token of a user. */
  async signIn(username: string, password: string): Promise<string> {
    const data = await this.ask<{ login: { token: string } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { token } }',
      { input: { username, password } },
    );
    return data.login.token;
  }
}

/** This process's environment without what configures a followgraph. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('FOLLOWGRAPH_')),
  );
}

/** Waits for the line that says where the server listens. */
async function announcement(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const found = /^Followgraph answers on http:\/\/([^/]+)\/graphql$/.exec(line);
    if (found?.[1]) {
      output.resume(); // what else it writes is not kept
      return found[1];
    }
  }
  throw new Error('serve ended before it announced its address');
}
