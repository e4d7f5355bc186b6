import { expect, type BrowserContext } from '@playwright/test';

declare global {
  interface Window {
    reportPolicyViolation(violation: string): void;
  }
}

/** Detects requests to other hosts, errors and warnings on the console, and violations of the policy. */
export class Watch {
  readonly #origins: () => string[];
  readonly #allowed: RegExp[] = [];
  readonly #requests: string[] = [];
  readonly #faults: string[] = [];

  private constructor(origins: () => string[]) {
    this.#origins = origins;
  }

  /**
   * Watches all pages of a context. The context must not have pages yet.
   *
   * @param origins returns the allowed origins at the end
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

  /** Allows matching console messages and uncaught errors, for tests of failures. */
  allowConsole(...patterns: RegExp[]): void {
    this.#allowed.push(...patterns);
  }

  /** The URLs of all requests so far in order, including those of workers. */
  get requests(): readonly string[] {
    return this.#requests;
  }

  /** All problems so far, including allowed ones. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Fails if there was a problem that the test does not allow. */
  check(): void {
    const origins = this.#origins();
    const foreign = this.#requests.filter(
      (url) => !/^(data|blob):/.test(url) && !origins.includes(new URL(url.replace(/^ws/, 'http')).origin),
    );
    expect.soft(foreign, 'requests to other hosts').toEqual([]);
    const faults = this.#faults.filter((fault) => !this.#allowed.some((pattern) => pattern.test(fault)));
    expect.soft(faults, 'console and policy').toEqual([]);
  }
}
