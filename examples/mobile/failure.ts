/** Why there is no answer, or not a whole one. */
export class Failure extends Error {
  /** `extensions.code` of the server's error, or a code of the app's own, such as UNREACHABLE. */
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly temporary: boolean;
  /** For how many milliseconds the server does not want to be asked again, where it said so. */
  readonly retryAfter: number;

  constructor(code: string, message: string, { temporary = false, retryAfter = 0 } = {}) {
    super(message);
    this.code = code;
    this.temporary = temporary;
    this.retryAfter = retryAfter;
  }
}

/** What to tell the person: the server's own words, except where the app knows better what to do. */
export function explain({ code, message }: Failure): string {
  switch (code) {
    case 'PERSISTED_QUERY_NOT_FOUND':
      return 'The server does not know this version of the app: it was not given the manifest, or the app is out of date.';
    case 'INTERNAL_SERVER_ERROR':
      return 'Something went wrong at the server, and asking again at once will hardly help.';
    default:
      return message;
  }
}
