import type { PlaywrightTestOptions } from '@playwright/test';

/** A browser's window, for `test.use(…)`. */
type Window = Pick<PlaywrightTestOptions, 'viewport' | 'hasTouch' | 'isMobile' | 'deviceScaleFactor'>;

/** What every test has that asks for nothing else. */
export const desktop: Window = {
  viewport: { width: 1280, height: 800 },
  hasTouch: false,
  isMobile: false,
  deviceScaleFactor: 1,
};

/** A phone, held upright: touched, not pointed at. */
export const phone: Window = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};
