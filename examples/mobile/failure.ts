/** Why there is no response, or no complete one. */
export class Failure extends Error {
  /** `extensions.code` of the server's error, or a code of the app, such as UNREACHABLE. */
  readonly code: string;
  /** Whether a retry can succeed later. */
  readonly temporary: boolean;
  /** The minimum delay before a retry in milliseconds, if the server gave one. */
  readonly retryAfter: number;

  constructor(code: string, message: string, { temporary = false, retryAfter = 0 } = {}) {
    super(message);
    this.code = code;
    this.temporary = temporary;
    this.retryAfter = retryAfter;
  }
}

/** Returns the message for the user: the message of the server, or a better one if the app has one. */
export function explain({ code, message }: Failure): string {
  switch (code) {
    case 'PERSISTED_QUERY_NOT_FOUND':
      return 'The server does not know this version of the app: it has no manifest for it, or the app is out of date.';
    case 'INTERNAL_SERVER_ERROR':
      return 'The server had an internal error. Try again later.';
    default:
      return message;
  }
}
