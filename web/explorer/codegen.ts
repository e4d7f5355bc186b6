import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';
import type { CodegenConfig } from '@graphql-codegen/cli';

/** Generates the types of the documents and their manifest for the server. Paths are relative to the parent folder. */
const config: CodegenConfig = {
  schema: '../schema.graphqls',
  documents: 'explorer/**/*.graphql',
  generates: {
    'explorer/__generated__/': {
      preset: 'client',
      presetConfig: {
        // The bundle contains the documents, because the cache reads their selections. Requests only contain hashes.
        persistedDocuments: { mode: 'embedHashInDocument' },
        fragmentMasking: { unmaskFunctionName: 'readFragment' },
      },
      // The cache needs types, so the documents must select `__typename`, as in the manifest.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        scalars: { DateTime: 'string' },
        enumsAsTypes: true,
        useTypeImports: true,
        importExtension: '.ts',
      },
    },
  },
};

export default config;
