import { existsSync } from 'node:fs';

/** Where systems put a Chromium. scripts/install-chromium.sh looks in the same places. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser of the tests: the one that the variable CHROMIUM names, or that of the system. None is downloaded. */
export function chromium(): string {
  const found = process.env['CHROMIUM'] || PLACES.find((place) => existsSync(place));
  if (!found) {
    throw new Error('There is no Chromium: run "make chromium", or name one with the variable CHROMIUM.');
  }
  return found;
}
