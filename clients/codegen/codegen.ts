import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../schema.graphqls',
  documents: ['codegen/documents.ts'],
  generates: {
    'codegen/__generated__/': {
      preset: 'client',
      presetConfig: { persistedDocuments: true, fragmentMasking: false },
      config: {
        scalars: { DateTime: 'string' },
        useTypeImports: true,
        importExtension: '.ts',
      },
    },
  },
};

export default config;
