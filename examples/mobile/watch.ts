import { WatchDocument, type WatchSubscription } from './__generated__/graphql.ts';
import { discard, load, save, type Device } from './device.ts';
import { Failure } from './failure.ts';
import { request } from './request.ts';
import { end, token } from './session.ts';

/** The position of the last event that was shown, so that the app continues there, even after it was closed. */
interface Watched {
  id: string;
  position: string;
}
const file = 'watched.json';

/** The server sends something every 15 seconds. After this time in milliseconds without it, the connection is dead. */
const silence = 40_000;
/** The longest pause before a new attempt in milliseconds. */
const longestPause = 30_000;
/** The statuses of temporary failures, see transport.ts. */
const passing = [429, 502, 503, 504];
/** The codes of temporary failures. */
const passingCodes = ['UNAVAILABLE', 'OVERLOADED', 'TIMEOUT', 'RATE_LIMITED'];

type Change = WatchSubscription['followersChanged'];

/**
 * Shows the changes of a user's followers until the user leaves the screen, through lost connections. Each change is
 * shown once: a new request continues after the position of the last event.
 *
 * @returns false if the changes after that position are not known any more: read the data again
 */
export async function watch(device: Device, id: string, show: (change: Change) => void): Promise<boolean> {
  const watched = await load<Watched>(device, file);
  let position = watched?.id === id ? watched.position : undefined;
  for (let attempt = 0; !device.left.aborted; attempt++) {
    if (attempt > 0) await device.wait(Math.random() * Math.min(longestPause, 250 * 2 ** attempt));
    try {
      for await (const event of events(device, id, position)) {
        if (event.data) {
          const { data, errors } = JSON.parse(event.data) as Result;
          const code = errors?.[0]?.extensions?.code;
          if (code === 'POSITION_EXPIRED') {
            await discard(device, file);
            return false;
          }
          if (code === 'UNAUTHENTICATED') await refuseToken(device);
          if (!data) {
            const message = errors?.[0]?.message ?? 'The event has neither data nor errors.';
            throw new Failure(code ?? 'NOT_GRAPHQL', message, { temporary: passingCodes.includes(code ?? '') });
          }
          show(data.followersChanged);
          attempt = 0;
        }
        if (event.position && event.position !== position) {
          position = event.position; // after the event was shown, so that none is lost
          await save(device, file, { id, position } satisfies Watched);
        }
      }
    } catch (failure) {
      if (failure instanceof Failure && !failure.temporary) throw failure;
    }
  }
  return true;
}

interface Result {
  data?: WatchSubscription | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** An event of the stream. One without data only has a position. */
interface StreamEvent {
  position?: string;
  data?: string;
}

/** Returns the events of one connection. They end when the connection is lost. */
async function* events(device: Device, id: string, position: string | undefined): AsyncGenerator<StreamEvent> {
  const { url, headers } = request(device.server, WatchDocument, { id }, await token(device));
  headers['Accept'] = 'text/event-stream';
  if (position) headers['Last-Event-ID'] = position;
  // Node may collect the link from a signal to the body of a response as garbage. So leaving also cancels the body.
  const over = new AbortController();
  let reader: ReadableStreamDefaultReader<string> | undefined;
  const stop = () => {
    over.abort();
    void reader?.cancel().catch(() => undefined);
  };
  const clock = setTimeout(stop, silence);
  device.left.addEventListener('abort', stop);
  if (device.left.aborted) stop();
  try {
    const reply = await device.fetch(url, { headers, signal: over.signal });
    const isStream = reply.headers.get('Content-Type')?.startsWith('text/event-stream');
    if (reply.status === 401) await refuseToken(device);
    if (!isStream || !reply.body) {
      const temporary = reply.ok || passing.includes(reply.status); // a captive portal is temporary
      throw new Failure('UNAVAILABLE', `The server refused to send changes (status ${reply.status}).`, { temporary });
    }
    let text = '';
    reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      clock.refresh();
      const whole = (text + read.value).split('\n\n');
      text = whole.pop() ?? '';
      yield* whole.map(parse);
    }
  } finally {
    clearTimeout(clock);
    device.left.removeEventListener('abort', stop);
  }
}

async function refuseToken(device: Device): Promise<never> {
  await end(device); // without the token, the app still shows public data
  throw new Failure('UNAUTHENTICATED', 'You are no longer signed in: sign in again.');
}

/** Parses a message of an event stream ("HTML", 9.2.6). This server sends each response on one line. */
function parse(message: string): StreamEvent {
  const fields = new Map(message.split('\n').map((line) => [/^[^:]*/.exec(line)?.[0], line.replace(/^[^:]*: ?/, '')]));
  const [position, data] = [fields.get('id'), fields.get('data')];
  return { ...(position && { position }), ...(data && { data }) };
}
