import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { relayStylePagination } from '@apollo/client/utilities';

import { possibleTypes, typePolicies } from '../../examples/apollo/cache.ts';
import { withPosition } from '../../examples/position/position.ts';
import { recorder } from '../exchange.ts';

/**
 * Returns an Apollo Client, configured as in its documentation, and its requests.
 *
 * @param links the links before the HTTP link
 */
export function connect(uri: string, ...links: ApolloLink[]) {
  const { fetch, exchanges } = recorder();
  const session: { token?: string } = {};
  const authorize = new SetContextLink(({ headers }) => ({
    headers: session.token ? { ...headers, authorization: `Bearer ${session.token}` } : headers,
  }));
  const client = new ApolloClient({
    link: ApolloLink.from([authorize, ...links, new HttpLink({ uri, fetch: withPosition(fetch) })]),
    cache: new InMemoryCache({ possibleTypes, typePolicies: typePolicies(relayStylePagination) }),
  });
  return { client, exchanges, session };
}
