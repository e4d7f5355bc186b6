/** Runs test files in one process: `node --test` would take one for each, and most of their time to load the clients. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) {
  await import(pathToFileURL(resolve(file)).href);
}
