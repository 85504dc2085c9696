/**
 * The coordinator's door for clients: HTTP with JSON. It listens before there is a farm, so that whoever asks is
 * told why it has to wait. Clients see neither bus nor store.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import { admit, checkListening, isLoopback, type ListenAddress } from './admission.ts';
import { BlobTransfers } from './blob-transfers.ts';
import type { Call } from './call.ts';
import { answerJson, failureAnswer, RefusedRequest } from './failures.ts';
import { listenOn } from './listening.ts';
import { findRoute } from './routes.ts';

/** Clients and viewers at a time. */
const CONNECTIONS_MAX = 1_000;
const HEADERS_MS_MAX = 15_000;
/** A connection on which nothing moves; streams show a sign of life more often. */
const IDLE_MS_MAX = 60_000;
/** Between two requests. */
const KEEP_ALIVE_MS = 30_000;
/** The largest upload over a slow line. */
const REQUEST_MS_MAX = 12 * 60 * 60 * 1000;
/** A refused body is read for this long, so that its sender sees the answer. */
const DRAIN_MS_MAX = 2_000;

/** What a server is made with. Ports stay the caller's to close. */
export interface HttpServerOptions {
  /** Undefined while this coordinator doesn't lead. */
  readonly farm: () => Farm | undefined;
  /** Why there is no farm: `starting`, `standby: another coordinator leads`. */
  readonly standing?: () => string;
  /** Called for requests to a farm only. */
  readonly blobs: () => BlobStore;
  readonly listen: ListenAddress;
  readonly token?: string;
  /** For bodies on their way. */
  readonly scratchDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A listening server. */
export interface HttpServer {
  /** `http://HOST:PORT`, as clients on this machine reach it. */
  readonly url: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Listens. Rejects with `CONFIG_INVALID` for an address that others reach without a token, or one that can't be
 * listened on.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { listen, token, blobs, scratchDir } = options;
  checkListening(listen, token);
  const transfers = await BlobTransfers.open(blobs, scratchDir);
  const server = createServer(
    {
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAlive: true,
    },
    (request, response) => void serve(request, response, { ...options, transfers }),
  );
  server.timeout = IDLE_MS_MAX;
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (_error, socket) => socket.destroy());
  try {
    const url = await listenOn(server, listen);
    return { url, close: () => closeServer(server, transfers) };
  } catch (error) {
    await transfers.close();
    throw error;
  }
}

async function closeServer(server: Server, transfers: BlobTransfers): Promise<void> {
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  server.closeAllConnections();
  await closed.promise;
  await transfers.close();
}

type Parts = HttpServerOptions & { readonly transfers: BlobTransfers };

/** Never rejects. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  parts: Parts,
): Promise<void> {
  try {
    await answer(request, response, parts);
  } catch (error) {
    fail(request, response, { error, logger: parts.logger });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: Parts,
): Promise<void> {
  const { blobs, transfers, clock, logger, token } = parts;
  const url = URL.parse(request.url ?? '/', 'http://farm');
  if (url === null) throw new RefusedRequest(400, 'the path is none');
  if (url.pathname === '/healthz' || url.pathname === '/readyz') {
    return answerHealth({ request, response, url }, parts);
  }
  admit(request, token);
  const { handler, words } = findRoute(request.method ?? '', url.pathname);
  const farm = parts.farm();
  if (farm === undefined) throw notReady(parts);
  const call = { request, response, url, words, transfers, clock, logger };
  await handler({ ...call, blobs: blobs() }, farm);
}

function answerHealth(
  { request, response, url }: Pick<Call, 'request' | 'response' | 'url'>,
  parts: Parts,
): void {
  if (!isLoopback(request.socket.remoteAddress ?? '')) {
    throw new RefusedRequest(403, 'only this machine may ask how the coordinator is');
  }
  if (url.pathname === '/healthz') return answerJson(response, 200, { alive: true });
  const farm = parts.farm();
  if (farm === undefined) throw notReady(parts);
  const unreachable = farm.unreachable();
  answerJson(response, unreachable.length === 0 ? 200 : 503, {
    ready: unreachable.length === 0,
    unreachable,
  });
}

function notReady({ standing }: Parts): StageyardError {
  const why = standing?.() ?? 'starting';
  return new StageyardError('FARM_NOT_READY', `this coordinator takes no requests yet: ${why}`, {
    context: { why },
  });
}

/** Tells the failure, or cuts the connection where an answer has begun already. */
function fail(
  request: IncomingMessage,
  response: ServerResponse,
  { error, logger }: { readonly error: unknown; readonly logger: Logger },
): void {
  const { status, data } = failureAnswer(error);
  const cause = wrapError(error, 'request').message;
  const fields = { method: request.method, status, code: data.code, cause };
  // One who went away fails whatever was done for it.
  if (status >= 500 && !response.destroyed) logger.warn(fields, 'a request failed');
  else logger.debug(fields, 'a request was refused');
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (!request.complete) leaveBody(request, response);
  answerJson(response, status, { error: data });
}

/** Nobody wants the rest of the body; the sender gets a moment to see why. */
function leaveBody(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close');
  request.on('error', () => undefined);
  request.resume();
  const timer = setTimeout(() => request.destroy(), DRAIN_MS_MAX);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}
