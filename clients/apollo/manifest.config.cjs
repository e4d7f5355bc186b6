/** What `generate-persisted-query-manifest` writes unless it is told otherwise: the ids are SHA-256. */
module.exports = { documents: 'apollo/documents.ts', output: 'apollo/manifest.json' };
