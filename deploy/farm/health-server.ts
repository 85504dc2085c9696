/** `/healthz` and `/readyz` of a worker: for whoever watches processes on this machine. */
import { createServer } from 'node:http';
import { isLoopback, type ListenAddress } from '#coordinator/http/admission.ts';
import { listenOn } from '#coordinator/http/listening.ts';
import { StageyardError } from '#proto/errors.ts';

const REQUEST_MS_MAX = 5_000;
const CONNECTIONS_MAX = 16;

/** Why it isn't ready; empty: it is. */
export type Readiness = () => readonly string[];

/** Listens. Rejects with `CONFIG_INVALID` for an address that others reach, or one that can't be listened on. */
export async function startHealthServer(
  listen: ListenAddress,
  readiness: Readiness,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  if (!isLoopback(listen.host)) {
    throw new StageyardError(
      'CONFIG_INVALID',
      `health is told on loopback only: not on ${listen.host}`,
    );
  }
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    const problems = path === '/readyz' ? readiness() : [];
    const isKnown = path === '/readyz' || path === '/healthz';
    const status = isKnown ? (problems.length === 0 ? 200 : 503) : 404;
    const body = path === '/healthz' ? { alive: true } : { ready: problems.length === 0, problems };
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(`${JSON.stringify(isKnown ? body : {})}\n`);
  });
  server.requestTimeout = REQUEST_MS_MAX;
  server.maxConnections = CONNECTIONS_MAX;
  const url = await listenOn(server, listen);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, close };
}
