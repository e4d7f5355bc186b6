/** The same documents under ids of the client's own. */
module.exports = {
  documents: 'apollo/documents.ts',
  output: 'apollo/named-manifest.json',
  createOperationId: (_query, { operationName, createDefaultId }) =>
    `${operationName}.${createDefaultId().slice(0, 12)}`,
};
