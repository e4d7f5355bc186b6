import type { CodegenConfig } from '@graphql-codegen/cli';
import { Kind, type DocumentNode } from 'graphql';

const config: CodegenConfig = {
  schema: '../../schema.graphqls',
  documents: ['documents.graphql'],
  generates: {
    '__generated__/': {
      preset: 'client',
      presetConfig: {
        // The texts go into the manifest alone: an app that carried them could send them.
        persistedDocuments: { mode: 'replaceDocumentWithHash', hashPropertyName: 'id' },
        // What request.ts needs beside the id, and would otherwise have to read from the text.
        onExecutableDocumentNode: (document: DocumentNode) => {
          const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
          return { name: operation?.name?.value, operation: operation?.operation };
        },
        fragmentMasking: false,
        skipIndexFile: true,
      },
      config: { scalars: { DateTime: 'string', ID: 'string' }, useTypeImports: true },
    },
  },
};

export default config;
