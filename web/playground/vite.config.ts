import { defineConfig } from 'vite';

import { page } from '../build/page.ts';

export default defineConfig(
  page({
    folder: 'playground',
    base: '/playground/',
    notices: { 'licenses-monaco-editor.txt': 'monaco-editor/ThirdPartyNotices.txt' },
  }),
);
