import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

/** Returns the id of a document from the client preset. */
export function idOf(document: unknown): string {
  return (document as { __meta__: { hash: string } }).__meta__.hash;
}

export interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** Sends the id of a document over POST, as in the documentation of the preset. */
export async function post<Data, Variables>(
  url: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
    body: JSON.stringify({ documentId: idOf(document), variables }),
  });
  return (await response.json()) as Answer<Data>;
}

/** The same over GET. */
export async function get<Data, Variables>(
  url: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const search = new URLSearchParams({ documentId: idOf(document), variables: JSON.stringify(variables) });
  const response = await fetch(`${url}?${search}`, { headers: { Accept: 'application/graphql-response+json' } });
  return (await response.json()) as Answer<Data>;
}
