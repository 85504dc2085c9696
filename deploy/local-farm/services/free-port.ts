/** A port of the loopback, for servers that can't choose one themselves and keep it over a restart. */
import { type AddressInfo, createServer } from 'node:net';

/** One that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
