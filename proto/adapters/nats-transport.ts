/**
 * What writes for the NATS client, mended in two points. When a server goes away the client ends its socket, may still
 * write to it, and then takes its listeners off: nobody hears the error of that write (`ERR_STREAM_WRITE_AFTER_END`),
 * and the process dies of it. Here such a write goes nowhere; that the connection is lost the client learns as before.
 * And what is said in one turn of the event loop leaves in one write, where the client makes several.
 */
import type { Socket } from 'node:net';
import type { NatsConnection } from '@nats-io/transport-node';

/** What is used of the client's own class; no part of what it promises, which is why its version is pinned. */
interface Transport {
  readonly socket?: Socket;
  _send: (this: Transport, frame: Uint8Array) => Promise<void>;
  discard: () => void;
}

const mended = new WeakSet<object>();

/** Mends the class of the connection's transport: once is enough for all connections. */
export function mendTransport(connection: NatsConnection): void {
  const prototype = Object.getPrototypeOf(transportOf(connection)) as Transport;
  if (mended.has(prototype)) return;
  mended.add(prototype);
  const send: (this: Transport, frame: Uint8Array) => Promise<void> = prototype._send;
  prototype._send = function (this: Transport, frame) {
    const { socket } = this;
    if (socket?.writable === false) return Promise.resolve();
    if (socket !== undefined) gather(socket);
    return send.call(this, frame);
  };
}

/** Holds back what is written until this turn of the event loop is over. */
function gather(socket: Socket): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  process.nextTick(() => socket.uncork());
}

/** What writes for the client. Throws `TypeError` when another version of it is built otherwise. */
export function transportOf(connection: NatsConnection): Transport {
  const protocol: unknown = Reflect.get(connection, 'protocol');
  const transport: unknown = protocol instanceof Object && Reflect.get(protocol, 'transport');
  if (transport instanceof Object && '_send' in transport && 'discard' in transport) {
    return transport as Transport;
  }
  throw new TypeError('the NATS client has another transport than expected');
}
