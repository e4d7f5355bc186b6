import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/** A followgraph that runs, on a private PostgreSQL of its own. */
export class Server {
  /** The address of the GraphQL endpoint. */
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(url: string, process: ChildProcess, directory: string) {
    this.url = url;
    this.#process = process;
    this.#directory = directory;
  }

  /**
   * Makes the sample graph and serves it.
   *
   * @param binary the program
   * @param users the size of the sample, whose content is then always the same
   * @param flags further flags of `serve`
   */
  static async start(binary: string, users: number, flags: string[]): Promise<Server> {
    const directory = await mkdtemp(join(tmpdir(), 'followgraph-clients-'));
    try {
      const common = ['--data-dir', directory, '--password-cost', '4', '--log-level', 'warn'];
      const options = { env: environment() };
      await promisify(execFile)(binary, ['sample', '--users', String(users), ...common], options);
      const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--playground=false', ...common, ...flags], {
        ...options,
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true, // an interrupt from the terminal would be its first, and stop's its second, which is not orderly
      });
      return new Server(await announcement(child.stdout), child, directory);
    } catch (error) {
      await rm(directory, { recursive: true });
      throw error;
    }
  }

  /** Stops it as an operator does, and removes its data. */
  async stop(): Promise<void> {
    const ended = this.#process.exitCode === null ? once(this.#process, 'exit') : undefined;
    this.#process.kill('SIGINT');
    await ended;
    await rm(this.#directory, { recursive: true });
    if (this.#process.exitCode !== 0) {
      throw new Error(`serve ended with ${this.#process.exitCode ?? this.#process.signalCode}`);
    }
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
  const lines = createInterface({ input: output });
  for await (const line of lines) {
    const found = /^Followgraph answers on (http:\S+)$/.exec(line);
    if (found?.[1]) {
      output.resume(); // what else it writes is not kept
      return found[1];
    }
  }
  throw new Error('serve ended before it announced its address');
}
