/** Where this server takes GraphQL, as a path. */
const ENDPOINT = '/graphql';

/** An operation in the form of GraphQL over HTTP. */
interface Operation {
  query?: string;
  /** The id of a persisted document, in the place of its text. */
  documentId?: string | undefined;
  variables?: unknown;
  operationName?: string | null | undefined;
}

/** An error of a GraphQL answer. */
interface Fault {
  message: string;
}

/** An answer of the server, or what stands for one where none came. */
export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: readonly Fault[];
}

/** How a request ended. */
export interface Outcome {
  answer: Answer;
  /** The HTTP status; absent where the server did not answer. */
  status?: number;
}

/**
 * Posts one operation to this server. What goes wrong on the way comes back as a GraphQL error that
 * says what to do, because the browser's own words ("Failed to fetch") do not.
 */
export async function post(operation: Operation, headers: Record<string, unknown> = {}): Promise<Outcome> {
  const sent = new Headers({
    'Content-Type': 'application/json',
    Accept: 'application/graphql-response+json, application/json;q=0.9',
  });
  for (const [name, value] of Object.entries(headers)) sent.set(name, String(value));

  let response: Response;
  try {
    response = await fetch(ENDPOINT, { method: 'POST', headers: sent, body: JSON.stringify(operation) });
  } catch {
    return failure(
      `The Followgraph server at ${location.origin} does not answer. ` +
        'Check that it runs ("followgraph serve"), then try again.',
    );
  }
  try {
    return { answer: (await response.json()) as Answer, status: response.status };
  } catch {
    return failure(
      `${location.origin}${ENDPOINT} answered ${response.status} ${response.statusText} without JSON. ` +
        'Its log tells why; a proxy in between may have answered in its place.',
    );
  }
}

function failure(message: string): Outcome {
  return { answer: { errors: [{ message }] } };
}
