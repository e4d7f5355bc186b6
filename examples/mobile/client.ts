import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

import { keep, recall } from './cache.ts';
import type { Device } from './device.ts';
import { Failure } from './failure.ts';
import { request } from './request.ts';
import { end, token } from './session.ts';
import { send, type Content } from './transport.ts';

/** What to know of an answer beside its data. */
export interface Caveats {
  /** Each of them left a null in the data. */
  errors: Failure[];
  /** Where the server could not be asked: when it last gave this answer, in milliseconds since 1970, and what happened. */
  old?: { confirmed: number; failure: Failure };
}

export interface Answer<Data> extends Caveats {
  data: Data;
}

/** Asks by GET, with what is known from before. Where the server cannot be asked the last answer is better than none. */
export async function query<Data, Variables>(
  device: Device,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const asked = request(device.server, document, variables, await token(device));
  const kept = await recall(device, asked.url);
  if (kept) {
    asked.headers['If-None-Match'] = kept.etag;
  }
  try {
    const { status, etag, content = kept?.content } = await send(device, asked);
    // Only what may be kept has an ETag: an answer with errors has none.
    if (content && etag) {
      await keep(device, { url: asked.url, etag, confirmed: device.now(), content });
    }
    return await answer<Data>(device, status, content);
  } catch (failure) {
    if (kept && failure instanceof Failure && failure.temporary) {
      return { data: kept.content.data as Data, errors: [], old: { confirmed: kept.confirmed, failure } };
    }
    throw failure;
  }
}

/** Changes something, by POST. */
export async function mutate<Data, Variables>(
  device: Device,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const { status, content } = await send(device, request(device.server, document, variables, await token(device)));
  return answer(device, status, content);
}

async function answer<Data>(device: Device, status: number, content: Content = {}): Promise<Answer<Data>> {
  if (status === 401) {
    await end(device); // the token has ended; without one the app still shows what everybody may see
    throw new Failure('UNAUTHENTICATED', 'You are no longer signed in: sign in again.');
  }
  const errors = (content.errors ?? []).map(
    ({ message, extensions }) => new Failure(extensions?.code ?? 'INTERNAL_SERVER_ERROR', message),
  );
  if (!content.data) {
    throw errors[0] ?? new Failure('NOT_GRAPHQL', `The answer with status ${status} has neither data nor errors.`);
  }
  return { data: content.data as Data, errors };
}
