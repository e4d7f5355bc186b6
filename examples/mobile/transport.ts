import type { Device } from './device.ts';
import { Failure } from './failure.ts';
import { demand, note } from './position.ts';
import type { Request } from './request.ts';

const attempts = 3;
/** The timeout for a complete response in milliseconds. The connection of a phone can die silently. */
const timeout = 10_000;
/** The time in milliseconds after which no retry starts. The user sees the failure instead. */
const patience = 10_000;
/** The statuses of temporary failures: rate limits, overload, and a proxy without its server. */
const passing = [429, 502, 503, 504];

/** A GraphQL over HTTP response. */
export interface Reply {
  status: number;
  etag: string | null;
  /** Undefined for status 304. */
  content: Content | undefined;
}

export interface Content {
  data?: unknown;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/**
 * Sends a request, with retries for temporary failures. Every request of this app is idempotent: queries change
 * nothing, `followUser` and `unfollowUser` can be repeated, and a second login only issues another token.
 */
export async function send(device: Device, request: Request): Promise<Reply> {
  const end = device.now() + patience;
  await demand(device, request);
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(device, request);
    } catch (failure) {
      if (!(failure instanceof Failure) || !failure.temporary || attempt === attempts) {
        throw failure;
      }
      // Wait at least as long as the server requests. Random jitter, which doubles with each attempt, spreads the
      // retries
      // of many phones.
      const pause = failure.retryAfter + Math.random() * 250 * 2 ** attempt;
      if (device.now() + pause > end) {
        throw failure;
      }
      await device.wait(pause);
    }
  }
}

async function sendOnce(device: Device, { url, ...init }: Request): Promise<Reply> {
  let reply: Response;
  let content: Content | undefined;
  try {
    // fetch requests and decompresses gzip automatically. With If-None-Match it would also add Cache-Control: no-cache,
    // so
    // that no CDN could respond. This mode prevents that; Node has no HTTP cache.
    reply = await device.fetch(url, { ...init, cache: 'force-cache', signal: AbortSignal.timeout(timeout) });
    content = await contentOf(reply); // under the same timeout
  } catch (cause) {
    const slow = cause instanceof Error && cause.name === 'TimeoutError';
    const message = slow ? 'The server does not respond.' : 'The server cannot be reached.';
    throw new Failure('UNREACHABLE', message, { temporary: true });
  }
  const { status, headers } = reply;
  await note(device, headers);
  if (passing.includes(status)) {
    const { message, extensions } = content?.errors?.[0] ?? { message: 'The server is not available.' };
    const retryAfter = milliseconds(headers.get('Retry-After'), device.now());
    throw new Failure(extensions?.code ?? 'UNAVAILABLE', message, { temporary: true, retryAfter });
  }
  if (!content && status !== 304) {
    const message = `The response from ${new URL(url).host} does not come from the server (status ${status}).`;
    throw new Failure('NOT_GRAPHQL', message, { temporary: true }); // a captive portal is temporary
  }
  return { status, etag: headers.get('ETag'), content };
}

/** Parses the response. Undefined for 304, and for pages of proxies and captive portals. */
async function contentOf(reply: Response): Promise<Content | undefined> {
  const type = reply.headers.get('Content-Type') ?? '';
  const text = await reply.text();
  return type.startsWith('application/graphql-response+json') ? (JSON.parse(text) as Content) : undefined;
}

/** Parses Retry-After. The server sends seconds; a proxy in front of it can send a date (RFC 9110, 10.2.3). */
function milliseconds(retryAfter: string | null, now: number): number {
  const value = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : Date.parse(retryAfter ?? '') - now;
  return Math.max(0, value || 0); // NaN if it is missing or invalid
}
