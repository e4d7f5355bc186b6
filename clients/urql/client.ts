import { Client, fetchExchange, type Exchange } from '@urql/core';

import { withPosition } from '../../examples/position/position.ts';
import { recorder } from '../exchange.ts';

/**
 * Returns a urql client without a cache, and its requests.
 *
 * @param exchanges the exchanges before the HTTP exchange
 */
export function connect(url: string, exchanges: Exchange[] = [], preferGetMethod = true) {
  const { fetch, exchanges: sent } = recorder();
  const session: { token?: string } = {};
  const client = new Client({
    url,
    exchanges: [...exchanges, fetchExchange],
    preferGetMethod,
    fetch: withPosition(fetch),
    fetchOptions: () => ({ headers: session.token ? { authorization: `Bearer ${session.token}` } : {} }),
  });
  return { client, sent, session };
}
