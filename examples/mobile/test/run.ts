/** Runs the tests with real servers. A smaller form of ../../../clients/run.ts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { Server } from '../../../clients/server.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
// Without the pages: their documents would be trusted, too.
const flags = ['--explorer=false', '--playground=false', '--persisted-documents', path('../__generated__/persisted-documents.json')];

// An interrupt ends the tests. This process continues and stops the servers.
process.on('SIGINT', () => {});

const started = await Promise.allSettled([
  // This server only accepts the ids of the app and of the tests.
  Server.startSample(300, [...flags, '--persisted-documents', path('graph.json'), '--trusted-only']),
  // An anonymous caller can load one profile per hour.
  Server.startSample(30, [...flags, '--rate-limit-anonymous', '2']),
]);
try {
  const [trusted, limited] = started.map((each) => {
    if (each.status === 'rejected') {
      throw each.reason;
    }
    return each.value.url;
  });
  const tests = spawn(process.execPath, ['--import', 'tsx', '--test', '--test-reporter', 'spec', ...process.argv.slice(2)], {
    env: { ...process.env, TRUSTED_URL: trusted, LIMITED_URL: limited },
    stdio: 'inherit',
  });
  const [status] = await once(tests, 'exit');
  process.exitCode = status ?? 1;
} finally {
  await Server.removeAll(started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
}
