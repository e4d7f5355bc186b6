import type { Fetcher } from '@graphiql/toolkit';

const ENDPOINT = '/graphql';

/**
 * Posts one operation to this server. What goes wrong on the way comes back as a GraphQL error that
 * says what to do, because the browser's own words ("Failed to fetch") do not.
 */
export const fetcher: Fetcher = async (params, options) => {
  let response: Response;
  try {
    response = await fetch(ENDPOINT, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json, application/json;q=0.9',
        ...options?.headers,
      },
      body: JSON.stringify(params),
    });
  } catch {
    return failure(
      `The Followgraph server at ${location.origin} does not answer. ` +
        'Check that it runs ("followgraph serve") and run the query again.',
    );
  }
  try {
    return await response.json();
  } catch {
    return failure(
      `${location.origin}${ENDPOINT} answered ${response.status} ${response.statusText} without JSON. ` +
        'Its log tells why; a proxy in between may have answered in its place.',
    );
  }
};

function failure(message: string) {
  return { errors: [{ message }] };
}
