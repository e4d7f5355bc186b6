import { expect, type BrowserContext } from '@playwright/test';

declare global {
  interface Window {
    reportPolicyViolation(violation: string): void;
  }
}

/** Sees what no page may do: ask another host, write errors or warnings to the console, break its policy. */
export class Watch {
  readonly #origins: () => string[];
  readonly #allowed: RegExp[] = [];
  readonly #requests: string[] = [];
  readonly #faults: string[] = [];

  private constructor(origins: () => string[]) {
    this.#origins = origins;
  }

  /**
   * Begins to watch all pages of a context, which has none yet.
   *
   * @param origins tells in the end where requests may have gone
   */
  static async over(context: BrowserContext, origins: () => string[]): Promise<Watch> {
    const watch = new Watch(origins);
    context.on('request', (request) => watch.#requests.push(request.url()));
    context.on('page', (page) => {
      page.on('websocket', (socket) => watch.#requests.push(socket.url()));
      page.on('crash', () => watch.#faults.push('the page crashed'));
    });
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        watch.#faults.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (fault) => watch.#faults.push(`uncaught: ${fault.error().stack ?? fault.error()}`));
    await context.exposeFunction('reportPolicyViolation', (violation: string) => {
      watch.#faults.push(`Content-Security-Policy: ${violation}`);
    });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
        window.reportPolicyViolation(`${violatedDirective} forbids ${blockedURI} in ${sourceFile}`);
      });
    });
    return watch;
  }

  /** Allows console messages and uncaught errors that match, in a test of what goes wrong. */
  allowConsole(...patterns: RegExp[]): void {
    this.#allowed.push(...patterns);
  }

  /** The addresses of all requests so far, in their order, those of workers among them. */
  get requests(): readonly string[] {
    return this.#requests;
  }

  /** What went wrong so far, what is allowed among it. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Fails where something happened that no page may do and no test allowed. */
  check(): void {
    const origins = this.#origins();
    const foreign = this.#requests.filter(
      (url) => !/^(data|blob):/.test(url) && !origins.includes(new URL(url).origin),
    );
    expect.soft(foreign, 'requests to other hosts').toEqual([]);
    const faults = this.#faults.filter((fault) => !this.#allowed.some((pattern) => pattern.test(fault)));
    expect.soft(faults, 'console and policy').toEqual([]);
  }
}
