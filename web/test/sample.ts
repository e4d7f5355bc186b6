import { Server } from '../../clients/server.ts';

/** Users of the sample who can sign in. The first is the most followed one; the others are her newest followers. */
export const USERS = ['ada', 'rhys2192', 'yeva_kravets'] as const;

/** Everybody's password. */
export const PASSWORD = 'correct horse battery';

// Workers get the environment that Playwright's process has once this is done.
const VARIABLE = 'WEB_TEST_SAMPLE';

/** A server with the sample graph, which does not run yet. No other server sees what is written to it. */
export function sampleServer(): Promise<Server> {
  return Server.create(process.env[VARIABLE]);
}

/** Makes the sample once, before all tests: each server takes a copy. Playwright calls what it returns at the end. */
export default async function setUp(): Promise<() => Promise<void>> {
  const sample = await Server.create();
  try {
    await sample.run(['sample']);
    for (const user of USERS) await sample.run(['users', 'set-password', user], `${PASSWORD}\n`);
  } catch (error) {
    await sample.remove();
    throw error;
  }
  process.env[VARIABLE] = sample.directory;
  return () => sample.remove();
}
