import type { UserConfig } from 'vite';

import { notices } from './notices.ts';
import { precompress } from './precompress.ts';

interface Page {
  /** The page's folder beside this one: it holds an index.html, and its build lands in dist/<folder>. */
  folder: string;
  /** The URL path that the server mounts the page at, with slashes around it. */
  base: string;
  /** Notices that go out with the page: the built file's name, and the file below node_modules. */
  notices: Record<string, string>;
}

/** The build settings that all pages share. */
export function page({ folder, base, notices: files }: Page): UserConfig {
  return {
    base,
    plugins: [notices(files), precompress()],
    worker: { format: 'es' },
    build: {
      outDir: `../dist/${folder}`,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      // The licences of the bundled libraries oblige whoever passes them on to name them.
      license: { fileName: 'licenses.md' },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4096,
      // React's "use client" marks mean nothing to a page without server components.
      rolldownOptions: { checks: { moduleLevelDirective: false } },
    },
    server: {
      proxy: { '/graphql': 'http://127.0.0.1:8080' },
    },
  };
}
