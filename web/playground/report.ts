/** What the server reports about one response, and what the browser measured. */
export interface Report {
  /** The HTTP status. Missing if the server did not respond, and for events. */
  status?: number;
  /** The reason phrase. Empty with HTTP/2. */
  reason?: string;
  /** The time from the request to the end of the response, or to the newest event. */
  milliseconds: number;
  /** The SQL statements that the server ran. Missing if it does not measure them. */
  statements?: number;
  /** The points that the operation cost. Missing if the server refused it before it counted them. */
  points?: number;
  /** The size of the body, or of all events, in bytes. */
  bytes?: number;
  /** What was transferred of the body, in bytes, if it was compressed. */
  compressed?: number;
  /** The events of a subscription. */
  events?: number;
}

/**
 * Returns the report of a response.
 *
 * @param bytes the size of the body without compression
 */
export function reportOf(response: Response, bytes: number, milliseconds: number): Report {
  const { headers } = response;
  const statements = /^sql;desc="(\d+) statement/.exec(headers.get('Server-Timing') ?? '')?.[1];
  const points = headers.get('X-RateLimit-Cost');
  const compressed = headers.has('Content-Encoding') ? headers.get('Content-Length') : null;
  return {
    status: response.status,
    reason: response.statusText,
    milliseconds,
    ...(statements !== undefined && { statements: Number(statements) }),
    ...(points !== null && { points: Number(points) }),
    bytes,
    ...(compressed !== null && { compressed: Number(compressed) }),
  };
}

/** Returns the parts of the status line. */
export function inWords(report: Report): string[] {
  const { status, reason, statements, points, bytes, compressed, events } = report;
  const isAnswer = status !== undefined && status < 400;
  return [
    events !== undefined ? count(events, 'event') : status === undefined ? 'no response' : statusOf(status, reason),
    time(report.milliseconds),
    ...(status === undefined
      ? []
      : [
          statements === undefined
            ? 'SQL not measured'
            : statements > 0
              ? count(statements, 'SQL statement')
              : isAnswer
                ? 'from memory'
                : 'no SQL',
        ]),
    ...(points === undefined ? [] : [count(points, 'point')]),
    ...(bytes === undefined ? [] : [size(bytes) + (compressed === undefined ? '' : ` (${size(compressed)} compressed)`)]),
  ];
}

/** The status of an answer with data and errors ("GraphQL over HTTP"). Servers and browsers have no phrase for it yet. */
const PARTIAL = 294;

function statusOf(status: number, reason = ''): string {
  return `${status} ${status === PARTIAL ? 'Partial Success' : reason}`.trim();
}

// The page is in English, but numbers have the format that the browser's user is used to.
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function count(number: number, noun: string): string {
  return `${whole.format(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function time(milliseconds: number): string {
  if (milliseconds < 10) return `${tenths.format(milliseconds)} ms`;
  return milliseconds < 10_000 ? `${whole.format(milliseconds)} ms` : `${tenths.format(milliseconds / 1000)} s`;
}

function size(bytes: number): string {
  if (bytes < 1000) return `${whole.format(bytes)} B`;
  return bytes < 1e6 ? `${tenths.format(bytes / 1000)} KB` : `${tenths.format(bytes / 1e6)} MB`;
}
