import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

/** All that the app knows of a document, see codegen.ts. */
interface Meta {
  id: string;
  name: string;
  operation: 'query' | 'mutation';
}

/** An HTTP request that may be sent any number of times. */
export interface Request {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

/** The request that runs a document by its id: a query by GET, so that its answer has a URL and can be kept. */
export function request<Data, Variables>(
  server: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  token?: string,
): Request {
  const { id, name, operation } = (document as unknown as { __meta__: Meta }).__meta__;
  const headers: Record<string, string> = {
    // With this type statuses mean what they say, and an answer of a proxy or a hotel's sign-in page has another one.
    Accept: 'application/graphql-response+json',
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  if (operation === 'query') {
    // The same variables in the same order are the same URL, hence the same entry of a cache.
    const search = new URLSearchParams({ documentId: id, operationName: name, variables: JSON.stringify(variables) });
    return { url: `${server}?${search}`, method: 'GET', headers };
  }
  // The server takes mutations by POST only, and a password has no place in a URL, which is logged on its way.
  headers['Content-Type'] = 'application/json';
  return {
    url: server,
    method: 'POST',
    headers,
    body: JSON.stringify({ documentId: id, operationName: name, variables }),
  };
}
