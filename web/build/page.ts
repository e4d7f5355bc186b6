import type { UserConfig } from 'vite';

import { notices } from './notices.ts';
import { precompress } from './precompress.ts';

interface Page {
  /** The folder of the page, with an index.html. The build writes to dist/<folder>. */
  folder: string;
  /** The URL path of the page on the server, with slashes at both ends. */
  base: string;
  /** Notices for the page: the names of the built files, and the files below node_modules. */
  notices: Record<string, string>;
}

/** The build settings of all pages. */
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
      // The licences of the bundled libraries require their notices.
      license: { fileName: 'licenses.md' },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4096,
      // The "use client" directives of React have no meaning without server components.
      rolldownOptions: { checks: { moduleLevelDirective: false } },
    },
    server: {
      proxy: { '/graphql': 'http://127.0.0.1:8080' },
    },
  };
}
