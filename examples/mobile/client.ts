import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

import { keep, recall } from './cache.ts';
import type { Device } from './device.ts';
import { Failure } from './failure.ts';
import { request } from './request.ts';
import { end, token } from './session.ts';
import { send, type Content } from './transport.ts';

/** Limitations of a result. */
export interface Caveats {
  /** The errors of the response. Each left a null in the data. */
  errors: Failure[];
  /**
   * If the server could not be reached: the time of this stored response, in milliseconds since 1970, and the failure.
   */
  old?: { confirmed: number; failure: Failure };
}

export interface Answer<Data> extends Caveats {
  data: Data;
}

/**
 * Runs a query by GET, with the stored response for revalidation. Returns the stored response if the server cannot be
 * reached.
 */
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
    // Only a response that can be stored has an ETag. A response with errors has none.
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

/** Runs a mutation by POST. */
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
    await end(device); // the token has expired; without it, the app still shows public data
    throw new Failure('UNAUTHENTICATED', 'You are no longer signed in: sign in again.');
  }
  const errors = (content.errors ?? []).map(
    ({ message, extensions }) => new Failure(extensions?.code ?? 'INTERNAL_SERVER_ERROR', message),
  );
  if (!content.data) {
    throw errors[0] ?? new Failure('NOT_GRAPHQL', `The response with status ${status} has neither data nor errors.`);
  }
  return { data: content.data as Data, errors };
}
