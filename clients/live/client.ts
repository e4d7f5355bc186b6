/** What the tests of subscriptions need of each client library. */

export interface Change {
  kind: 'GAINED' | 'LOST';
  followerId: string;
  edge: { cursor: string; node: { username: string } | null };
}

export interface FollowersChanged {
  followersChanged: { user: { stats: { followersCount: number } } | null; changes: readonly Change[] };
}

export interface FollowersGained {
  followersGained: {
    viewer: { stats: { followersCount: number } };
    edges: readonly { node: { username: string } | null }[];
  };
}

/** Returns the client. Its close also ends the subscriptions. */
export function closing(client: LiveClient): LiveClient {
  const stops: (() => void)[] = [];
  const kept = (stop: () => void) => {
    stops.push(stop);
    return stop;
  };
  return {
    followersChanged: (...args) => kept(client.followersChanged(...args)),
    followersGained: (...args) => kept(client.followersGained(...args)),
    close() {
      for (const stop of stops.splice(0)) stop();
      client.close();
    },
  };
}

/** Where the results of a subscription go. */
export interface Receiver<Data> {
  /** @param position the position of the event, undefined if the library does not pass it on */
  next(data: Data, position?: string): void;
  error(error: unknown): void;
  complete(): void;
}

/** A client with one connection or several. It continues its subscriptions after a lost connection. */
export interface LiveClient {
  followersChanged(id: string, receiver: Receiver<FollowersChanged>, position?: string): () => void;
  followersGained(receiver: Receiver<FollowersGained>, position?: string): () => void;
  close(): void;
}

export interface Library {
  name: string;
  transport: 'websocket' | 'events' | 'multipart';
  /** @param token the token of the caller; undefined for an anonymous caller */
  connect(url: string, token: () => string | undefined): LiveClient;
}

/** Returns the header for a token. */
export function authorization(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

export const FOLLOWERS_CHANGED = `subscription FollowersChanged($id: ID!) {
  followersChanged(userId: $id) {
    user { id stats { followersCount } }
    changes { kind followerId edge { cursor node { id username } } }
  }
}`;

export const FOLLOWERS_GAINED = `subscription FollowersGained {
  followersGained { viewer { id stats { followersCount } } edges { node { id username } } }
}`;

/** A failure of a subscription as the test compares it: codes of GraphQL errors, or the close code of a WebSocket. */
export function endOf(error: unknown): (string | number)[] {
  if (Array.isArray(error)) return error.map((each) => String((each as Coded).extensions?.code));
  const { source, result, errors, graphQLErrors, protocolErrors, networkError, code, message } = error as Failure;
  if (source ?? result) return endOf(source ?? result); // Relay; Apollo Client 3, for a status that is not 200
  const answered = [...(errors ?? []), ...(graphQLErrors ?? []), ...(protocolErrors ?? [])];
  if (answered.length > 0) return endOf(answered);
  if (networkError) return endOf(networkError);
  const closed = code ?? /^Socket closed with event (\d+)/.exec(message ?? '')?.[1];
  return [closed ? Number(closed) : String(error)];
}

interface Coded {
  extensions?: { code?: string };
}

interface Failure {
  source?: unknown;
  result?: unknown;
  errors?: Coded[];
  graphQLErrors?: Coded[];
  protocolErrors?: Coded[];
  networkError?: unknown;
  code?: number;
  message?: string;
}
