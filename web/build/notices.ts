import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/**
 * Adds the notices of a library that contains other libraries to the build. The licence list of Vite only contains
 * packages.
 *
 * @param files the names of the built files, and the files below node_modules
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
