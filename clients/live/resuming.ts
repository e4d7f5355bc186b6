import { resume, type Extensions, type Sink } from '../../examples/subscription/resume.ts';
import { FOLLOWERS_CHANGED, FOLLOWERS_GAINED, type LiveClient, type Receiver } from './client.ts';

interface Result {
  data?: unknown;
  errors?: unknown;
}

/** The client of graphql-ws and that of graphql-sse. */
interface Sender {
  subscribe(
    request: { query: string; variables: Record<string, unknown>; extensions: Extensions },
    sink: Sink<Result>,
  ): () => void;
  dispose(): unknown;
}

/** Returns a client whose subscriptions continue after the position of their last event. */
export function resuming(client: Sender): LiveClient {
  function subscribe<Data>(query: string, variables: object, receiver: Receiver<Data>, position?: string) {
    const extensions: Extensions = position ? { position } : {};
    const request = { query, variables: { ...variables }, extensions };
    return resume(extensions, (sink: Sink<Result>) => client.subscribe(request, sink), {
      next({ data, errors }) {
        if (data) receiver.next(data as Data, extensions['position'] as string);
        else receiver.error(errors);
      },
      error: (error) => receiver.error(error),
      complete: () => receiver.complete(),
    });
  }
  return {
    followersChanged: (id, receiver, position) => subscribe(FOLLOWERS_CHANGED, { id }, receiver, position),
    followersGained: (receiver, position) => subscribe(FOLLOWERS_GAINED, {}, receiver, position),
    close: () => void client.dispose(),
  };
}
