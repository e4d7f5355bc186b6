import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/**
 * Adds to the build the notices of a library that contains others: Vite's own list of licences knows
 * packages only.
 *
 * @param files the built file's name, and the file below node_modules
 */
export function notices(files: Record<string, string>): Plugin {
  return {
    name: 'notices',
    apply: 'build',
    generateBundle() {
      for (const [fileName, path] of Object.entries(files)) {
        const source = readFileSync(new URL(`../node_modules/${path}`, import.meta.url), 'utf8');
        this.emitFile({ type: 'asset', fileName, source: source.replaceAll('\r\n', '\n') });
      }
    },
  };
}
