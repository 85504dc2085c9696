/** The NATS client's own transport, as far as it had to be mended. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { connectNats } from '#proto/adapters/nats-connection.ts';
import { transportOf } from '#proto/adapters/nats-transport.ts';
import { NatsServer } from '../support/services/nats-server.ts';

test('what is written while the server goes away is no error that nobody hears', async () => {
  const server = await NatsServer.start();
  try {
    const connection = await connectNats({ servers: [server.url], name: 'test' });
    const transport = transportOf(connection);
    const { socket } = transport;
    assert.ok(socket !== undefined);
    socket.end();
    const written = transport._send(new TextEncoder().encode('PING\r\n'));
    transport.discard();
    // An error that nobody hears would come before, and end this process.
    await Promise.all([written, once(socket, 'close')]);
    await connection.close();
  } finally {
    await server.dispose();
  }
});
