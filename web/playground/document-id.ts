import type { Operation, Outcome } from './endpoint.ts';

/** A SHA-256 in hexadecimal, and an id of a trusted document made of one. */
const HASH = /^(?:sha256:)?([0-9a-f]{64})$/i;

/**
 * Returns how an id can be sent: as the id of a trusted document, and as the hash of an automatic persisted query. Both
 * can be 64 hexadecimal digits.
 */
export function requestsFor(id: string): Operation[] {
  const byId = { documentId: id };
  const hash = HASH.exec(id)?.[1];
  if (!hash) return [byId];
  const byHash = { extensions: { persistedQuery: { version: 1, sha256Hash: hash.toLowerCase() } } };
  return id.includes(':') ? [byId, byHash] : [byHash, byId];
}

/** Whether the server does not know the document of a request. */
export function isUnknown({ answer }: Outcome): boolean {
  const code = answer.errors?.[0]?.extensions?.code;
  return code === 'PERSISTED_QUERY_NOT_FOUND' || code === 'PERSISTED_QUERY_NOT_SUPPORTED';
}

/** Returns the SHA-256 of a query in hexadecimal. Undefined without TLS: browsers then have no cryptography. */
export async function hashOf(query: string): Promise<string | undefined> {
  if (!globalThis.isSecureContext) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(query)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
