import { defineConfig, mergeConfig } from 'vite';

import { forbid } from '../build/forbid.ts';
import { page } from '../build/page.ts';

// Packages that only workers contain. The licence list of Vite does not contain these.
const IN_WORKERS = [
  'graphology-communities-louvain',
  'graphology-indices',
  'graphology-utils',
  'mnemonist',
  'obliterator',
  'pandemonium',
];
const notices = Object.fromEntries(IN_WORKERS.map((name) => [`licenses-${name}.txt`, `${name}/LICENSE.txt`]));

export default defineConfig(
  mergeConfig(page({ folder: 'explorer', base: '/', notices }), {
    plugins: [
      forbid(
        ['react', 'react-dom', 'scheduler'],
        'The explorer runs on Preact: two libraries with separate hooks and contexts would fail in the browser. Use a ' +
          'package that works with preact/compat, or add an alias to explorer/vite.config.ts.',
      ),
    ],
    resolve: {
      // Preact replaces React at a tenth of its size, so that phones load the page faster. The package also contains
      // React, for the playground. Every path of React is replaced: a path that Preact does not have fails the build.
      alias: [
        { find: /^react\/jsx(-dev)?-runtime$/, replacement: 'preact/jsx-runtime' },
        { find: /^react(?:-dom)?(\/.+)?$/, replacement: 'preact/compat$1' },
      ],
    },
  }),
);
