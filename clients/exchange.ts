/** An HTTP request of a client, and the status and headers of the response. */
export interface Exchange {
  method: string;
  url: URL;
  headers: Headers;
  /** The JSON body of a POST. */
  body: unknown;
  status: number;
  answer: Headers;
}

/** Returns a fetch function that records requests and responses and does not change them. */
export function recorder(): { fetch: typeof fetch; exchanges: Exchange[] } {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const text = await request.clone().text();
      const response = await fetch(request);
      exchanges.push({
        method: request.method,
        url: new URL(request.url),
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
        status: response.status,
        answer: response.headers,
      });
      return response;
    },
  };
}
