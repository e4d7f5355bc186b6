import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { run } from './app.ts';

const server = process.env['FOLLOWGRAPH_URL'] ?? 'http://127.0.0.1:8080/graphql';
const storage = process.env['DEVICE'] ?? fileURLToPath(new URL('.device', import.meta.url));

const left = new AbortController();
process.once('SIGINT', () => left.abort());

process.exitCode = await run(
  {
    server,
    // A separate directory for each server: tokens and responses must not be used for another server.
    directory: `${storage}/${encodeURIComponent(new URL(server).host)}`,
    fetch,
    now: Date.now,
    wait: (milliseconds) => setTimeout(milliseconds, undefined, { signal: left.signal }).catch(() => {}),
    print: (line) => console.log(line),
    left: left.signal,
    password,
  },
  process.argv.slice(2),
);

/** Reads one line from the terminal, without showing it, or from a pipe. Empty at the end of the input. */
async function password(): Promise<string> {
  if (stdin.isTTY) {
    stdout.write('Password: ');
  }
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: stdin.isTTY });
  try {
    for await (const line of lines) {
      return line;
    }
    return '';
  } finally {
    lines.close(); // otherwise the terminal stays open, and the program would wait for it
    if (stdin.isTTY) {
      stdout.write('\n');
    }
  }
}
