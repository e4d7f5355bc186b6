import { test as base } from '@playwright/test';

import { Server } from '../../clients/server.ts';
import { expectAccessible, type Exception } from './accessibility.ts';
import { sampleServer } from './sample.ts';
import { Watch } from './watch.ts';

export { expect } from '@playwright/test';

interface TestFixtures {
  /** Starts a separate server with a new sample graph and flags of `serve`, for tests that write to it or stop it. */
  startServer(flags?: string[]): Promise<Server>;
  /** Observes the pages. It is checked after the test: see Watch. */
  watch: Watch;
  /** Checks the accessibility of the page: see expectAccessible. */
  expectAccessible(exceptions?: Exception[]): Promise<void>;
  /** Holds back matching requests of the page until the returned function is called. */
  hold(url: string | RegExp): Promise<() => void>;
  /** Saves a screenshot of the window, named after the test. */
  keepPicture(name?: string): Promise<void>;
}

interface OwnFixtures {
  /** The servers that the test has started. */
  ownServers: Server[];
}

interface WorkerFixtures {
  /** The shared server of a worker, with the sample graph. URLs are relative to it. Tests do not write to it. */
  server: Server;
}

export const test = base.extend<TestFixtures & OwnFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await sampleServer();
      try {
        await server.start();
        await use(server);
      } finally {
        await server.remove();
      }
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ server }, use) => use(server.origin),

  ownServers: async ({}, use) => {
    const servers: Server[] = [];
    await use(servers);
    await Server.removeAll(servers);
  },

  startServer: async ({ ownServers }, use) => {
    await use(async (flags) => {
      const server = await sampleServer();
      ownServers.push(server);
      await server.start(flags);
      return server;
    });
  },

  // Stop watching before the servers stop: a page can request something at any time, such as its icon.
  watch: [
    async ({ context, server, ownServers }, use) => {
      const watch = await Watch.over(context, () => [server, ...ownServers].map(({ origin }) => origin));
      await use(watch);
      watch.check();
    },
    { auto: true },
  ],

  expectAccessible: async ({ page }, use) => use((exceptions) => expectAccessible(page, exceptions)),

  hold: async ({ page }, use) => {
    await use(async (url) => {
      let release = () => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      await page.route(url, async (route) => {
        await released;
        await route.continue();
      });
      return release;
    });
  },

  keepPicture: async ({ page }, use, info) => {
    await use(async (name = '') => {
      // The first part of titlePath is the name of the file.
      const title = [...info.titlePath, name].join(' ').replace('.test.ts', '');
      const file = `${title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-').replace(/-$/, '')}.png`;
      await page.screenshot({ path: `${info.project.outputDir}/screenshots/${file}` });
    });
  },
});
