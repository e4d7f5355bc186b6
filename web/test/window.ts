import type { PlaywrightTestOptions } from '@playwright/test';

/** A browser window, for `test.use(…)`. */
type Window = Pick<PlaywrightTestOptions, 'viewport' | 'hasTouch' | 'isMobile' | 'deviceScaleFactor'>;

/** The default window. */
export const desktop: Window = {
  viewport: { width: 1280, height: 800 },
  hasTouch: false,
  isMobile: false,
  deviceScaleFactor: 1,
};

/** A phone in portrait orientation with a touch screen. */
export const phone: Window = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};
