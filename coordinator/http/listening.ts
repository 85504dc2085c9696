/** A server begins to listen. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import type { ListenAddress } from './admission.ts';

/** Answers the URL at which it is reached. Rejects with `CONFIG_INVALID` for an address that can't be listened on. */
export async function listenOn(server: Server, { host, port }: ListenAddress): Promise<string> {
  const ready = Promise.withResolvers<void>();
  server.once('error', ready.reject);
  server.listen(port, host, ready.resolve);
  try {
    await ready.promise;
  } catch (error) {
    const why =
      systemErrorCode(error) === 'EADDRINUSE'
        ? 'another program listens there already'
        : wrapError(error, 'the system says').message;
    const text = `cannot listen on ${host} port ${port}: ${why}`;
    throw new StageyardError('CONFIG_INVALID', text, { cause: error });
  }
  server.off('error', ready.reject);
  const bound = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`;
}
