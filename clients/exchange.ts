/** An HTTP request that a client sent and the head of the answer that it got. */
export interface Exchange {
  method: string;
  url: URL;
  headers: Headers;
  /** The JSON of a POST. */
  body: unknown;
  status: number;
  answer: Headers;
}

/** A fetch that remembers what passes through it and changes nothing. */
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
