import { existsSync } from 'node:fs';

/** The usual paths of Chromium. scripts/install-chromium.sh checks the same paths. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * The browser of the tests: the path in the variable CHROMIUM, or the browser of the system. It is never downloaded.
 */
export function chromium(): string {
  const found = process.env['CHROMIUM'] || PLACES.find((place) => existsSync(place));
  if (!found) {
    throw new Error('There is no Chromium: run "make chromium", or name one with the variable CHROMIUM.');
  }
  return found;
}
