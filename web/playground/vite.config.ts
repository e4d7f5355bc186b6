import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vite';

import { page } from '../build/page.ts';

/** Modules that the playground replaces with smaller ones. */
const alias = (
  [
    ['monaco-editor/esm/vs/editor/edcore.main.js', 'monaco-parts.js'],
    [/^(\.\.\/)+browser\/widget\/(diffEditor\/diffEditor|multiDiffEditor\/multiDiffEditor)Widget\.js$/, 'no-differences.js'],
    ['prettier/parser-babel', 'json-format.ts'],
    ['prettier/plugins/estree', 'json-format.ts'],
  ] as const
).map(([find, file]) => ({ find, replacement: fileURLToPath(new URL(file, import.meta.url)) }));

export default defineConfig({
  ...page({
    folder: 'playground',
    base: '/playground/',
    notices: { 'licenses-monaco-editor.txt': 'monaco-editor/ThirdPartyNotices.txt' },
  }),
  resolve: { alias },
});
