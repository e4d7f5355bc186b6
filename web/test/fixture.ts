import { test as base } from '@playwright/test';

import { Server } from '../../clients/server.ts';
import { expectAccessible, type Exception } from './accessibility.ts';
import { sampleServer } from './sample.ts';
import { Watch } from './watch.ts';

export { expect } from '@playwright/test';

interface TestFixtures {
  /** Starts a server for this test alone, with a fresh sample and flags of `serve`: to be stopped, or written to. */
  startServer(flags?: string[]): Promise<Server>;
  /** What the pages did so far. Looked at when the test is over: see Watch. */
  watch: Watch;
  /** Scans the page for what keeps people out: see expectAccessible. */
  expectAccessible(exceptions?: Exception[]): Promise<void>;
  /** Keeps the page's requests from the server, and their answers from the page, until what it returns is called. */
  hold(url: string | RegExp): Promise<() => void>;
  /** Keeps a picture of the window among the output, named after the test. */
  keepPicture(name?: string): Promise<void>;
}

interface OwnFixtures {
  /** The servers that the test started. */
  ownServers: Server[];
}

interface WorkerFixtures {
  /** The server that a worker's tests share, with the sample: pages are relative to it. Nothing is written to it. */
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

  // It is over before the servers go: a page may ask for something at any time, such as its icon.
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
      // The first part of titlePath is the file's name.
      const title = [...info.titlePath, name].join(' ').replace('.test.ts', '');
      const file = `${title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-').replace(/-$/, '')}.png`;
      await page.screenshot({ path: `${info.project.outputDir}/screenshots/${file}` });
    });
  },
});
