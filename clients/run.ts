/**
 * Runs test files with a real server: `tsx run.ts FILE...`. The program is ../bin/followgraph, or the path in the
 * variable BINARY.
 *
 * There are two servers with the same graph and the trusted documents of all clients. The server at FOLLOWGRAPH_URL
 * accepts every document. The server at FOLLOWGRAPH_TRUSTED_URL accepts only the trusted documents.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { Server } from './server.ts';

const users = 300;
const manifests = [
  'apollo/manifest.json',
  'apollo/named-manifest.json',
  'relay/persisted.json',
  'codegen/__generated__',
];

const trusted = [
  '--explorer=false',
  '--playground=false', // the documents of the pages would be trusted, too
  ...manifests.flatMap((path) => ['--persisted-documents', fileURLToPath(new URL(path, import.meta.url))]),
];

// An interrupt ends the tests. This process continues and stops the servers.
process.on('SIGINT', () => {});

const started = await Promise.allSettled([
  Server.startSample(users, trusted),
  Server.startSample(users, [...trusted, '--trusted-only']),
]);
try {
  const [open, trustedOnly] = started.map((each) => {
    if (each.status === 'rejected') {
      throw each.reason;
    }
    return each.value;
  });
  // A test that fails may leave a connection open, which would keep the process alive.
  const tests = spawn(
    process.execPath,
    ['--import', 'tsx', '--test-reporter', 'spec', '--test-force-exit', 'tests.ts', ...process.argv.slice(2)],
    {
      env: {
        ...process.env,
        FOLLOWGRAPH_URL: open?.url,
        FOLLOWGRAPH_DIRECTORY: open?.directory,
        FOLLOWGRAPH_FLAGS: trusted.join(' '),
        FOLLOWGRAPH_TRUSTED_URL: trustedOnly?.url,
        FOLLOWGRAPH_TRUSTED_DIRECTORY: trustedOnly?.directory,
      },
      stdio: 'inherit',
    },
  );
  const [status] = await once(tests, 'exit');
  process.exitCode = status ?? 1;
} finally {
  await Server.removeAll(started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
}
