import { Server } from '../../clients/server.ts';

/** The users of the sample graph who can sign in: the user with the most followers, then her newest followers. */
export const USERS = ['ada', 'rhys2192', 'yeva_kravets'] as const;

/** The password of all users. */
export const PASSWORD = 'correct horse battery';

// Workers inherit the environment of the Playwright process after this setup.
const VARIABLE = 'WEB_TEST_SAMPLE';

/** Returns a server with a separate copy of the sample graph. The server is not running yet. */
export function sampleServer(): Promise<Server> {
  return Server.create(process.env[VARIABLE]);
}

/** Generates the sample graph once before all tests. Each server copies it. Playwright calls the result at the end. */
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
