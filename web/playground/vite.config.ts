import { fileURLToPath } from 'node:url';

import { defineConfig, type Plugin } from 'vite';

import { page } from '../build/page.ts';

/** Modules that the playground replaces with smaller ones. */
const alias = (
  [
    ['monaco-editor/esm/vs/editor/edcore.main.js', 'monaco-parts.js'],
    [/^(\.\.\/)+browser\/widget\/(diffEditor\/diffEditor|multiDiffEditor\/multiDiffEditor)Widget\.js$/, 'no-differences.js'],
  ] as const
).map(([find, file]) => ({ find, replacement: fileURLToPath(new URL(file, import.meta.url)) }));

/** Replaces Prettier for GraphiQL. The worker for GraphQL keeps it. */
const formatting: Plugin = {
  name: 'formatting',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source.startsWith('prettier/') && importer?.includes('/@graphiql/react/')
      ? fileURLToPath(new URL('format.ts', import.meta.url))
      : null,
};

const settings = page({
  folder: 'playground',
  base: '/playground/',
  notices: { 'licenses-monaco-editor.txt': 'monaco-editor/ThirdPartyNotices.txt' },
});

export default defineConfig({ ...settings, plugins: [formatting, settings.plugins], resolve: { alias } });
