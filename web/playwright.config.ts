import { defineConfig } from '@playwright/test';

import { chromium } from './test/chromium.ts';
import { desktop } from './test/window.ts';

export default defineConfig({
  testDir: 'test',
  outputDir: 'test/output',
  globalSetup: './test/sample.ts',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  reporter: 'list',
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    ...desktop,
    browserName: 'chromium',
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: chromium(),
      // The sandbox does not work for root. It stays enabled for other users.
      chromiumSandbox: process.getuid?.() !== 0,
    },
  },
});
