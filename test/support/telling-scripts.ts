/**
 * Scripts that tell a test when they run and when they are gone: each holds a connection to the test open for as long
 * as any process of it lives, and goes on when the test says so.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A script that runs. */
export interface TellingScript {
  /** Lets it end well. */
  readonly goOn: () => void;
  /** Resolves when no process of it lives. */
  readonly gone: Promise<unknown>;
}

/** See the file's head. */
export class TellingScripts {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
    });
  }

  static async open(): Promise<TellingScripts> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TellingScripts(server);
  }

  /** Lines of a bash script. */
  get text(): string {
    return [`exec 3<>/dev/tcp/127.0.0.1/${this.port}`, 'head -c 1 <&3 > /dev/null'].join('\n');
  }

  /** On the loopback: a program that is no script connects itself. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next script that runs. */
  async next(): Promise<TellingScript> {
    const [socket]: Socket[] = await once(this.#server, 'connection');
    if (socket === undefined) throw new Error('a connection without a socket');
    socket.resume();
    return { goOn: () => void socket.write('x'), gone: once(socket, 'close') };
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
