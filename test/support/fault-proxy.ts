/**
 * A TCP proxy that misbehaves on demand, between a client and a real server. The fault holds for the next
 * connections' answers, counted in bytes of the answer (headers included).
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What it does to answers. `times` faults are made; then it only passes on. */
export type Fault =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'reset' | 'truncate' | 'stall' | 'corrupt';
      readonly afterBytes: number;
      times: number;
    }
  /** Answers `503 SlowDown` itself, for each request of its own. */
  | { readonly kind: 'unavailable'; times: number };

const SLOW_DOWN =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>slow down</Message></Error>';

/** See the file's head. */
export class FaultProxy {
  fault: Fault = { kind: 'none' };
  /** Called when an answer has been cut. */
  onCut: () => void = () => undefined;
  /** Connections that were made. */
  connectionCount = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: URL;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** Listens on a free port. */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${address.port}`;
  }

  async dispose(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket): void {
    this.connectionCount += 1;
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (this.#refuses(client)) return;
      upstream.write(chunk);
    });
    this.#passAnswers(client, upstream);
  }

  #refuses(client: Socket): boolean {
    const { fault } = this;
    if (fault.kind !== 'unavailable' || fault.times === 0) return false;
    fault.times -= 1;
    const head = 'HTTP/1.1 503 Slow Down\r\nconnection: close\r\ncontent-type: application/xml\r\n';
    client.end(`${head}content-length: ${SLOW_DOWN.length}\r\n\r\n${SLOW_DOWN}`);
    return true;
  }

  #passAnswers(client: Socket, upstream: Socket): void {
    let passed = 0;
    let isStalled = false;
    upstream.on('data', (chunk: Buffer) => {
      const { fault } = this;
      const isDue =
        'afterBytes' in fault && fault.times > 0 && passed + chunk.length > fault.afterBytes;
      passed += chunk.length;
      if (isStalled) return;
      if (!isDue) {
        if (!client.write(chunk)) {
          upstream.pause();
          client.once('drain', () => upstream.resume());
        }
        return;
      }
      fault.times -= 1;
      const kept = Math.max(0, fault.afterBytes - (passed - chunk.length));
      if (fault.kind === 'corrupt') {
        chunk[kept] = (chunk[kept] ?? 0) ^ 0xff;
        client.write(chunk);
        return;
      }
      client.write(chunk.subarray(0, kept), () => {
        if (fault.kind === 'reset') client.resetAndDestroy();
        if (fault.kind === 'truncate') client.end();
        this.onCut();
      });
      isStalled = true;
    });
  }
}
