import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

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
      await ended(launch(binary, ['sample', '--users', String(users), ...common], 'ignore'));
      const child = launch(binary, ['serve', '--listen', '127.0.0.1:0', '--playground=false', ...common, ...flags], 'pipe');
      return new Server(await announcement(child), child, directory);
    } catch (error) {
      await rm(directory, { recursive: true });
      throw error;
    }
  }

  /** Stops it as an operator does, and removes its data. */
  async stop(): Promise<void> {
    this.#process.kill('SIGINT');
    await ended(this.#process);
    await rm(this.#directory, { recursive: true });
  }
}

function launch(binary: string, args: string[], stdout: 'ignore' | 'pipe'): ChildProcess {
  const { DATABASE_URL: _, ...rest } = process.env;
  const env = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('FOLLOWGRAPH_')));
  return spawn(binary, args, { env, stdio: ['ignore', stdout, 'inherit'] });
}

/** Waits for a process that has to end well. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, 'exit');
  }
  if (child.exitCode !== 0) {
    throw new Error(`${child.spawnargs.slice(0, 2).join(' ')} ended with ${child.exitCode ?? child.signalCode}`);
  }
}

/** Waits for the line that says where the server listens. */
async function announcement(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const found = /^Followgraph answers on (http:\S+)$/.exec(line);
    if (found?.[1]) {
      child.stdout!.resume();
      return found[1];
    }
  }
  throw new Error('serve ended before it announced its address');
}
