/** A web server on a free port of this machine, and what was asked of it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A running server. */
export interface TestServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `METHOD PATH` of each request, in order. */
  readonly requests: string[];
  /** Ends it before the test ends. */
  readonly stop: () => void;
}

/** Starts it; it ends with the test. */
export async function startServer(
  test: Pick<TestContext, 'after'>,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  test.after(stop);
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, requests, stop };
}
