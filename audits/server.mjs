// Starts and stops the program with a separate private PostgreSQL.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/followgraph', import.meta.url));
const announced = /^Followgraph answers on (http:\/\/127\.0\.0\.1:\d+\/graphql)$/;

// start resolves to the URL of the server and a function that stops it.
export async function start(...flags) {
  const directory = await mkdtemp(join(tmpdir(), 'followgraph-audits-'));
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('FOLLOWGRAPH_')),
  );
  const server = spawn(
    program,
    ['serve', '--data-dir', join(directory, 'data'), '--listen', '127.0.0.1:0', '--playground=false', '--log-level', 'warn', ...flags],
    { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(server, 'exit');
  const stop = async () => {
    server.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: server.stdout })) {
    const found = announced.exec(line);
    if (found) {
      server.stdout.resume(); // a full pipe would block the server
      return { url: found[1], stop };
    }
  }
  await stop();
  throw new Error('the server ended before it announced its address');
}
