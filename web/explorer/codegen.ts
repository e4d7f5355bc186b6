import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';
import type { CodegenConfig } from '@graphql-codegen/cli';

/** Makes the types of the documents, and the manifest by which the server knows them. Paths are from this folder's parent. */
const config: CodegenConfig = {
  schema: '../schema.graphqls',
  documents: 'explorer/**/*.graphql',
  generates: {
    'explorer/__generated__/': {
      preset: 'client',
      presetConfig: {
        // The documents stay in the bundle, for the cache reads what they select; requests carry their hashes alone.
        persistedDocuments: { mode: 'embedHashInDocument' },
        fragmentMasking: { unmaskFunctionName: 'readFragment' },
      },
      // The cache goes by types, so that the documents have to ask for them as the manifest has them.
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
