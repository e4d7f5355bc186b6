import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

/** The metadata of a document, see codegen.ts. */
interface Meta {
  id: string;
  name: string;
  operation: 'query' | 'mutation' | 'subscription';
}

/** An HTTP request that can be sent several times. */
export interface Request {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

/**
 * Returns the request for a document by id. A query uses GET, so that its response has a URL and can be cached. So does
 * a subscription.
 */
export function request<Data, Variables>(
  server: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  token?: string,
): Request {
  const { id, name, operation } = (document as unknown as { __meta__: Meta }).__meta__;
  const headers: Record<string, string> = {
    // With this media type, HTTP statuses are meaningful, and responses of proxies and captive portals have another
    // type.
    Accept: 'application/graphql-response+json',
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  if (operation !== 'mutation') {
    // The same variables in the same order give the same URL and the same cache entry.
    const search = new URLSearchParams({ documentId: id, operationName: name, variables: JSON.stringify(variables) });
    return { url: `${server}?${search}`, method: 'GET', headers };
  }
  // The server accepts mutations only by POST. URLs are logged, so they must not contain a password.
  headers['Content-Type'] = 'application/json';
  return {
    url: server,
    method: 'POST',
    headers,
    body: JSON.stringify({ documentId: id, operationName: name, variables }),
  };
}
