import type { CodegenConfig } from '@graphql-codegen/cli';
import { Kind, type DocumentNode } from 'graphql';

const config: CodegenConfig = {
  schema: '../../schema.graphqls',
  documents: ['documents.graphql'],
  generates: {
    '__generated__/': {
      preset: 'client',
      presetConfig: {
        // Only the manifest contains the texts. The app does not need them.
        persistedDocuments: { mode: 'replaceDocumentWithHash', hashPropertyName: 'id' },
        // Further information for request.ts, which would otherwise have to parse the text.
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
