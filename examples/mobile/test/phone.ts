import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { recorder, type Exchange } from '../../../clients/exchange.ts';
import { run } from '../app.ts';
import type { Device } from '../device.ts';

/** A phone that records its output, requests and pauses, and never really waits. */
export class Phone implements Device {
  readonly server: string;
  readonly directory: string;
  readonly exchanges: Exchange[];
  readonly waited: number[] = [];
  /** The typed password. */
  typed = '';
  /** The offset of its clock in milliseconds. */
  ahead = 0;
  online = true;
  /** Aborted by leave. */
  left: AbortSignal = AbortSignal.abort();
  #screen = new AbortController();
  readonly #fetch: typeof fetch;
  #lines: string[] = [];

  private constructor(server: string, directory: string) {
    this.server = server;
    this.directory = directory;
    ({ fetch: this.#fetch, exchanges: this.exchanges } = recorder());
  }

  /** Creates a phone that is removed after the test. */
  static async buy(t: TestContext, server: string): Promise<Phone> {
    const directory = await mkdtemp(join(tmpdir(), 'followgraph-phone-'));
    t.after(() => rm(directory, { recursive: true }));
    return new Phone(server, directory);
  }

  /** Runs a command that shows changes until leave. Returns its status. */
  watch(username: string): Promise<number> {
    this.#lines = [];
    this.#screen = new AbortController();
    this.left = this.#screen.signal;
    return run(this, ['--watch', username]);
  }

  /** Leaves the screen. */
  leave(): void {
    this.#screen.abort();
  }

  /** What the screen shows. */
  get lines(): string[] {
    return [...this.#lines];
  }

  /** Runs a command and returns its status and output. */
  async run(...args: string[]): Promise<{ status: number; lines: string[] }> {
    this.#lines = [];
    const status = await run(this, args);
    return { status, lines: this.#lines };
  }

  fetch: typeof fetch = async (input, init) => this.#fetch(this.online ? input : await nowhere(), init);
  now = (): number => Date.now() + this.ahead;
  print = (line: string): void => void this.#lines.push(line);
  password = (): Promise<string> => Promise.resolve(this.typed);
  wait = (milliseconds: number): Promise<void> => {
    this.waited.push(milliseconds);
    return Promise.resolve();
  };
}

/** Returns an address without a listener. */
async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
