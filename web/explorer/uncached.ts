import type { Client } from '@urql/core';

const all = new WeakMap<Client, Client>();

/** Gives a client a second one for the same caller, without a cache. */
export function pair(client: Client, other: Client): void {
  all.set(client, other);
}

/**
 * Returns the client without a cache, for answers that are too large for one: storing thousands of objects and watching
 * them takes longer than to load them. What it loads does not change with other answers.
 */
export function uncached(client: Client): Client {
  return all.get(client) ?? client;
}
