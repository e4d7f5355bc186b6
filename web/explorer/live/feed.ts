import type { Client, TypedDocumentNode } from 'urql';
import type { Client as Socket } from 'graphql-ws';

import { learn, newestPosition, older, isOlder } from '../position.ts';

/** Why a feed ended: the code of the server's error, or of the closed connection. */
export interface Fault {
  code: string | number | undefined;
  /** The delay after which a new attempt can succeed, in seconds. */
  retryAfter: number;
}

interface Listener<Data> {
  /** Called with each event, after the cache has it. */
  event(data: Data): void;
  ended(fault: Fault): void;
}

/** The result of an operation, as urql's subscriptionExchange expects it. */
interface Sink {
  next(result: object): void;
  complete(): void;
}

/** Sends the body of a subscription. It is in the context of the operation: see `carried`. */
export type Carry = (body: object, sink: Sink) => { unsubscribe(): void };

/** A subscription that can stop and continue: it knows up to which position the page has its changes. */
export class Feed<Data, Variables extends object> {
  /** The page has the changes up to this position. */
  #at: string | undefined;
  /** The oldest position of an answer since the feed began: its data lacks the changes after it. */
  #low: string | undefined;
  #end: (() => void) | undefined;
  /** Whether the server refuses it for a reason that does not pass. */
  isRefused = false;

  constructor(
    readonly client: Client,
    readonly socket: () => Promise<Socket>,
    readonly document: TypedDocumentNode<Data, Variables>,
    readonly listener: Listener<Data>,
  ) {}

  get isRunning(): boolean {
    return this.#end !== undefined;
  }

  get at(): string | undefined {
    return this.#at;
  }

  /** Notes that an answer has data of a position. */
  arrived(position: string): void {
    this.#low = older(this.#low, position);
  }

  /** Whether an answer was older than the last event, and has perhaps replaced its data. */
  get isBehind(): boolean {
    return this.#low !== undefined && this.#at !== undefined && isOlder(this.#low, this.#at);
  }

  /**
   * Begins, or begins again for other variables.
   *
   * @param since an older position from which events are needed; the same event can come again
   */
  begin(variables: Variables, since?: string): void {
    this.stop();
    this.#at = older(older(this.#at, this.#low), since) ?? newestPosition();
    this.#low = undefined;
    let isOver = false;
    const carry: Carry = (body, sink) => {
      let end = () => {};
      const ended = (fault: Fault) => {
        sink.complete();
        if (isOver) return;
        this.stop();
        this.listener.ended(fault);
      };
      this.socket().then(
        (socket) => {
          if (isOver) return;
          end = socket.subscribe<unknown, { position?: unknown }>(this.#payload(body), {
            next: (result) => {
              if (isOver) return;
              const position = result.extensions?.position;
              if (typeof position === 'string') {
                this.#at = position;
                learn(position);
              }
              sink.next(result);
            },
            error: (reason) => ended(faultOf(reason)),
            complete: () => ended({ code: undefined, retryAfter: 0 }),
          });
        },
        () => ended({ code: undefined, retryAfter: 0 }), // its code did not load
      );
      return { unsubscribe: () => end() };
    };
    const { unsubscribe } = this.client
      .subscription(this.document, variables, { carry })
      .subscribe(({ data }) => !isOver && data && this.listener.event(data));
    this.#end = () => {
      isOver = true;
      unsubscribe();
    };
  }

  /** Stops until it begins again. It then continues after the last event. */
  stop(): void {
    const end = this.#end;
    this.#end = undefined;
    end?.();
  }

  /** Forgets where it was, because the server does not know the changes after it any more. */
  forget(): void {
    this.#at = this.#low = undefined;
  }

  /** Returns a payload that has the current position each time when it is sent. */
  #payload(body: object): { query: string; extensions: Record<string, unknown> } {
    const at = () => this.#at;
    return {
      ...body,
      query: '', // the body has the id of the document
      get extensions() {
        const position = at();
        return position === undefined ? {} : { position };
      },
    };
  }
}

/** Returns the fault of an error of graphql-ws: the errors of GraphQL, a closed connection, or an event. */
function faultOf(reason: unknown): Fault {
  const [first] = Array.isArray(reason) ? (reason as { extensions?: Record<string, unknown> }[]) : [];
  const { code, retryAfter } = first?.extensions ?? (reason as { code?: unknown; retryAfter?: unknown });
  return {
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    retryAfter: typeof retryAfter === 'number' ? retryAfter : 0,
  };
}
