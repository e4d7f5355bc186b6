import { reportOf, type Report } from './report.ts';

/** The path of the GraphQL endpoint. */
export const ENDPOINT = '/graphql';

/** The parameters of a GraphQL over HTTP request. */
export interface Operation {
  query?: string;
  /** The id of a persisted document, instead of its text. */
  documentId?: string | undefined;
  variables?: unknown;
  operationName?: string | null | undefined;
  extensions?: Record<string, unknown>;
}

/** An error of a GraphQL response. */
interface Fault {
  message: string;
  extensions?: { code?: string };
}

/** A response of the server, or a substitute if there was none. */
export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: readonly Fault[];
}

/** The outcome of a request. */
export interface Outcome {
  answer: Answer;
  /** The HTTP status. Missing if the server did not respond. */
  status?: number;
  report: Report;
}

/**
 * Posts an operation to this server. Returns network failures as a GraphQL error that says what to do: the message of
 * the browser ("Failed to fetch") does not.
 */
export async function post(operation: Operation, headers: Record<string, unknown> = {}): Promise<Outcome> {
  const sent = new Headers({
    'Content-Type': 'application/json',
    Accept: 'application/graphql-response+json, application/json;q=0.9',
  });
  for (const [name, value] of Object.entries(headers)) sent.set(name, String(value));

  const begin = performance.now();
  const passed = () => performance.now() - begin;
  let response: Response;
  let body: ArrayBuffer;
  try {
    response = await fetch(ENDPOINT, { method: 'POST', headers: sent, body: JSON.stringify(operation) });
    body = await response.arrayBuffer();
  } catch {
    return failure(
      `The Followgraph server at ${location.origin} does not respond. ` +
        'Check that it is running ("followgraph serve"), then try again.',
      { milliseconds: passed() },
    );
  }
  const report = reportOf(response, body.byteLength, passed());
  try {
    return { answer: JSON.parse(new TextDecoder().decode(body)) as Answer, status: response.status, report };
  } catch {
    return failure(
      `${location.origin}${ENDPOINT} returned ${response.status} ${response.statusText} without JSON. ` +
        'See the server log, or the log of a proxy in front of the server.',
      report,
    );
  }
}

function failure(message: string, report: Report): Outcome {
  return { answer: { errors: [{ message }] }, report };
}
