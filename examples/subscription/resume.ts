/** What a client of GraphQL calls with the results of a subscription. */
export interface Sink<Result> {
  next(result: Result): void;
  error(error: unknown): void;
  complete(): void;
}

/** The extensions of a request. */
export type Extensions = Record<string, unknown>;

interface GraphQLResult {
  data?: unknown;
  errors?: unknown;
  extensions?: unknown;
}

/** Codes of errors after which the same request can succeed. */
const temporary = ['UNAVAILABLE', 'OVERLOADED', 'TIMEOUT', 'RATE_LIMITED'];

/** Close codes of a WebSocket after which the same request fails again. */
const final = [4400, 4401, 4403, 4406, 4409, 4429];

/** The longest wait before a new attempt, in milliseconds. */
const longestWait = 30_000;

/**
 * Keeps a subscription alive: after a lost connection or a temporary failure it begins again, after the position of the
 * last event. So no change is lost, and none comes twice.
 *
 * An error with the code POSITION_EXPIRED ends it: read the data again, and subscribe without a position.
 *
 * @param extensions the extensions of the request. Their `position` always is that of the last event, so that a client
 *   that connects again by itself sends it too
 * @param begin sends the request with these extensions, and returns a function that ends the subscription
 * @returns a function that ends the subscription
 */
export function resume<Result extends GraphQLResult>(
  extensions: Extensions,
  begin: (sink: Sink<Result>) => () => void,
  sink: Sink<Result>,
): () => void {
  let stop = () => {};
  let attempts = 0;
  const start = () => {
    let ended = false;
    let end: (() => void) | undefined;
    // Ends this attempt. It may be over before begin has returned the function for it.
    const finish = () => {
      ended = true;
      end?.();
    };
    const again = (wait: number) => {
      finish();
      const timer = setTimeout(start, wait + Math.random() * Math.min(longestWait, 500 * 2 ** attempts++));
      stop = () => clearTimeout(timer);
    };
    stop = finish;
    end = begin({
      next(result) {
        if (ended) return;
        const wait = result.data ? undefined : waitFor(result);
        if (wait !== undefined) {
          again(wait);
          return;
        }
        const { position } = (result.extensions ?? {}) as { position?: unknown };
        if (position) {
          extensions['position'] = position;
          attempts = 0;
        }
        sink.next(result);
      },
      error(error) {
        if (ended) return;
        const wait = waitFor(error);
        if (wait === undefined) {
          ended = true;
          sink.error(error);
        } else {
          again(wait);
        }
      },
      complete() {
        if (ended) return;
        ended = true;
        sink.complete();
      },
    });
    if (ended) end();
  };
  start();
  return () => stop();
}

/** Returns the least wait in milliseconds before a new attempt can succeed. Undefined: it cannot. */
function waitFor(error: unknown): number | undefined {
  const errors = errorsOf(error);
  if (errors.length > 0) {
    if (!errors.every(({ extensions }) => temporary.includes(String(extensions?.['code'])))) return undefined;
    return 1000 * Math.max(0, ...errors.map(({ extensions }) => Number(extensions?.['retryAfter'] ?? 0)));
  }
  const { code, statusCode, response, message } = (error ?? {}) as {
    code?: unknown; // of a CloseEvent
    statusCode?: number; // of Apollo's ServerError
    response?: { status?: number }; // of graphql-sse's NetworkError
    message?: string; // of Apollo's link for graphql-ws
  };
  const closed = Number(code ?? /^Socket closed with event (\d+)/.exec(message ?? '')?.[1]);
  const status = statusCode ?? response?.status ?? 0;
  const refused = status >= 400 && status < 500 && status !== 429;
  return final.includes(closed) || refused ? undefined : 0;
}

interface GraphQLError {
  extensions?: Record<string, unknown>;
}

interface Errors {
  errors?: GraphQLError[];
  graphQLErrors?: GraphQLError[];
  protocolErrors?: GraphQLError[];
  result?: Errors;
}

/** Returns the errors of the server: in a response, or in the error of a client. */
function errorsOf(error: unknown): GraphQLError[] {
  if (Array.isArray(error)) return error as GraphQLError[]; // graphql-ws
  const { errors, graphQLErrors, protocolErrors, result } = (error ?? {}) as Errors;
  // A response and Apollo Client 4; urql; Apollo Client 3.
  return errors ?? graphQLErrors ?? protocolErrors ?? result?.errors ?? [];
}
