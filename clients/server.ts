import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// The program under test.
const BINARY = process.env['BINARY'] ?? fileURLToPath(new URL('../bin/followgraph', import.meta.url));

// The minimum cost for passwords, because the tests do not measure it.
const COMMON = ['--password-cost', '4', '--log-level', 'warn'];

/** The program with a separate private PostgreSQL. It can be stopped and started again at the same address. */
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
   * Creates a server without starting it.
   *
   * @param data a data directory to copy, whose server is stopped; the default is an empty directory
   */
  static async create(data?: string): Promise<Server> {
    const directory = await mkdtemp(join(tmpdir(), 'followgraph-test-'));
    const server = new Server(directory);
    try {
      // Preserve the owners: as root, the files of PostgreSQL belong to another user.
      if (data) await promisify(execFile)('cp', ['-a', `${data}/.`, directory]);
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /**
   * Creates and starts a server with a separate sample graph.
   *
   * @param users the number of users; the same number always gives the same graph
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

  /**
   * Creates and starts another instance on the database of a running server, which accepts the same tokens.
   *
   * @param directory the data directory of the running server
   * @param flags further flags of `serve`
   */
  static async join(directory: string, flags: string[] = []): Promise<Server> {
    const server = await Server.create();
    try {
      const database = `postgres://followgraph@/followgraph?host=${directory}/run`;
      await server.start(['--database-url', database, '--token-key', `${directory}/token-key.pem`, ...flags]);
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /** Returns a running server that another process has started. It cannot be stopped. */
  static at(url: string, directory: string): Server {
    const server = new Server(directory);
    server.#listen = new URL(url).host;
    return server;
  }

  /** The origin of the server: `http://127.0.0.1:PORT`. It stays the same after a restart. */
  get origin(): string {
    return `http://${this.#listen}`;
  }

  /** The URL of the GraphQL endpoint. */
  get url(): string {
    return `${this.origin}/graphql`;
  }

  /** Runs another subcommand on the same data, with or without a running server: `run(['users', 'set-role', …])`. */
  async run(args: string[], input = ''): Promise<string> {
    const running = promisify(execFile)(BINARY, [...args, '--data-dir', this.directory, ...COMMON], {
      env: environment(),
    });
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  /**
   * Starts the server, and waits until it responds.
   *
   * @param flags further flags of `serve`; the default is the flags of the previous start
   */
  async start(flags = this.#flags): Promise<void> {
    this.#flags = flags;
    const args = ['serve', '--listen', this.#listen, '--data-dir', this.directory, ...COMMON, ...flags];
    this.#process = spawn(BINARY, args, {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true, // an interrupt from the terminal and the one from stop would end the server immediately
    });
    this.#listen = await announcement(this.#process.stdout!);
  }

  /** Stops the server with an interrupt, as an operator does. */
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

  /** Kills the server, as a fault of its machine does. */
  async kill(): Promise<void> {
    const killed = this.#process;
    if (!killed) return;
    this.#process = undefined;
    const ended = once(killed, 'exit');
    killed.kill('SIGKILL');
    await ended;
  }

  /** Deletes the key that signs tokens. The next start generates a new key. */
  async renewKey(): Promise<void> {
    await rm(join(this.directory, 'token-key.pem'));
  }

  /** Removes all servers, even if one does not stop properly. Throws in that case. */
  static async removeAll(servers: Server[]): Promise<void> {
    const ended = await Promise.allSettled(servers.map((server) => server.remove()));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }

  /** Stops the server and removes its data. */
  async remove(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await rm(this.directory, { recursive: true });
    }
  }

  /**
   * Returns the data of a document, without the client under test. Tests use it for preparation and for expected
   * values.
   *
   * @param token the token of the caller, see signIn; without it the request is anonymous
   */
  async ask<Data>(query: string, variables: object = {}, token?: string): Promise<Data> {
    return (await this.answer<Data>(query, variables, token)).data;
  }

  /** Is ask, and also returns the position of the answer: that of a mutation includes its commit. */
  async answer<Data>(
    query: string,
    variables: object = {},
    token?: string,
  ): Promise<{ data: Data; position: string | undefined }> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as { data?: Data; errors?: unknown };
    if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer));
    return { data: answer.data, position: response.headers.get('Followgraph-Position') ?? undefined };
  }

  /**
   * Returns the position of the newest commit that this server knows, as soon as memory answers. It includes all writes
   * through this server. It may lack commits of other servers and programs: for those, use the position of their answers.
   *
   * @param request an operation that reads the graph, for a server that accepts only trusted documents
   */
  async position(request: object = { query: '{ users(first: 0) { totalCount } }' }): Promise<string> {
    for (;;) {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(request),
      });
      const text = await response.text();
      const position = response.headers.get('Followgraph-Position');
      // SQL does not count all users, and is measured if the database is private.
      const timing = response.headers.get('Server-Timing') ?? '';
      const bySQL = text.includes('"totalCount":null') || /"[1-9]\d* statement/.test(timing);
      if (position && !bySQL) return position;
    }
  }

  /** Returns the token of a user. */
  async signIn(username: string, password: string): Promise<string> {
    const data = await this.ask<{ login: { token: string } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { token } }',
      { input: { username, password } },
    );
    return data.login.token;
  }
}

/** Returns the environment of this process without the configuration of followgraph. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('FOLLOWGRAPH_')),
  );
}

/** Waits for the log line with the address of the server. */
async function announcement(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const found = /^Followgraph answers on http:\/\/([^/]+)\/graphql$/.exec(line);
    if (found?.[1]) {
      output.resume(); // discard further output
      return found[1];
    }
  }
  throw new Error('serve ended before it printed its address');
}
