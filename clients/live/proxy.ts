import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** A network between clients and an instance, which can lose connections and lead to another instance. */
export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #to: URL;
  /** The number of connections that clients have opened. */
  accepted = 0;

  private constructor(to: string) {
    this.#to = new URL(to);
    this.#server = createServer((client) => {
      this.accepted++;
      const server = connect(Number(this.#to.port), this.#to.hostname);
      for (const [from, into] of [[client, server], [server, client]] as const) {
        this.#sockets.add(from);
        from.on('error', () => into.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          into.destroy();
        });
      }
      client.pipe(server).pipe(client);
    });
  }

  static async open(to: string): Promise<Proxy> {
    const proxy = new Proxy(to);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The URL of the GraphQL endpoint. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`;
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Leads new connections to this URL. */
  lead(to: string): void {
    this.#to = new URL(to);
  }

  /** Loses all connections, and leads new ones to this URL. */
  cut(to: string): void {
    this.lead(to);
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Waits until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !condition(); await setTimeout(20)) {
    if (Date.now() > end) throw new Error(`it never holds: ${condition}`);
  }
}
