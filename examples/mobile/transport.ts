import type { Device } from './device.ts';
import { Failure } from './failure.ts';
import type { Request } from './request.ts';

const attempts = 3;
/** For a whole answer, in milliseconds: a phone's connection may die without a word. */
const timeout = 10_000;
/** After how many milliseconds no attempt begins any more: the person is told what happened instead. */
const patience = 10_000;
/** What may pass by itself: too much asked, by this caller or all of them, or a proxy without its server. */
const passing = [429, 502, 503, 504];

/** A GraphQL answer over HTTP. */
export interface Reply {
  status: number;
  etag: string | null;
  /** Undefined with 304. */
  content: Content | undefined;
}

export interface Content {
  data?: unknown;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/**
 * Sends a request, again where that may help. All that this app sends may arrive twice: queries change nothing, who is
 * followed already stays so, and a second login is one more token.
 */
export async function send(device: Device, request: Request): Promise<Reply> {
  const end = device.now() + patience;
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(device, request);
    } catch (failure) {
      if (!(failure instanceof Failure) || !failure.temporary || attempt === attempts) {
        throw failure;
      }
      // Not before the time that the server named. Phones that were refused in one moment shall not come back in one
      // moment either: hence the chance, over a span that doubles.
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
    // fetch asks for gzip by itself, and undoes it. It would also add Cache-Control: no-cache to If-None-Match, so that no
    // CDN could answer; this mode keeps it from that, and Node has no cache that it could mean.
    reply = await device.fetch(url, { ...init, cache: 'force-cache', signal: AbortSignal.timeout(timeout) });
    content = await contentOf(reply); // under the same timeout
  } catch (cause) {
    const slow = cause instanceof Error && cause.name === 'TimeoutError';
    const message = slow ? 'The server does not answer.' : 'The server cannot be reached.';
    throw new Failure('UNREACHABLE', message, { temporary: true });
  }
  const { status, headers } = reply;
  if (passing.includes(status)) {
    const { message, extensions } = content?.errors?.[0] ?? { message: 'The server is not available.' };
    const retryAfter = milliseconds(headers.get('Retry-After'), device.now());
    throw new Failure(extensions?.code ?? 'UNAVAILABLE', message, { temporary: true, retryAfter });
  }
  if (!content && status !== 304) {
    const message = `Something else than the server answers at ${new URL(url).host} (status ${status}).`;
    throw new Failure('NOT_GRAPHQL', message, { temporary: true }); // until the person has left the hotel
  }
  return { status, etag: headers.get('ETag'), content };
}

/** Undefined for 304, and for pages of proxies and of hotels that want a password first. */
async function contentOf(reply: Response): Promise<Content | undefined> {
  const type = reply.headers.get('Content-Type') ?? '';
  const text = await reply.text();
  return type.startsWith('application/graphql-response+json') ? (JSON.parse(text) as Content) : undefined;
}

/** The server writes seconds; what stands in front of it may write a date (RFC 9110, 10.2.3). */
function milliseconds(retryAfter: string | null, now: number): number {
  const value = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : Date.parse(retryAfter ?? '') - now;
  return Math.max(0, value || 0); // NaN where it is missing or neither
}
