/** JSON that comes in a request: bounded in size and time, and really sent as JSON. */
import type { IncomingMessage } from 'node:http';
import { type JsonObject, parseJsonObject } from '#proto/json-shape.ts';
import { Turns } from '#coordinator/shell/turns.ts';
import { RefusedRequest } from './failures.ts';
import { untilGone } from './gone.ts';

/** A plan of a hundred thousand tasks fits. */
const JSON_BYTES_MAX = 128 * 1024 * 1024;
/** Time for all of it. */
const JSON_MS_MAX = 120_000;
/** Larger ones are read a few at a time: each is in memory as a whole. */
const SMALL_JSON_BYTES_MAX = 256 * 1024;
const LARGE_JSON_MAX = 4;

const largeTurns = new Turns(LARGE_JSON_MAX);

/** Rejects with a {@link RefusedRequest} or `MESSAGE_INVALID`. */
export async function readJsonBody(request: IncomingMessage): Promise<JsonObject> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
  if (type !== 'application/json') {
    throw new RefusedRequest(415, 'a body is sent as content-type: application/json');
  }
  refuseLargerThan(request, JSON_BYTES_MAX);
  const isSmall = Number(request.headers['content-length']) <= SMALL_JSON_BYTES_MAX;
  if (isSmall) return readObject(request);
  return largeTurns.take(untilGone(request), () => readObject(request));
}

async function readObject(request: IncomingMessage): Promise<JsonObject> {
  const timer = setTimeout(() => request.destroy(), JSON_MS_MAX);
  try {
    return parseJsonObject((await readAll(request)).toString('utf8'), 'request body');
  } finally {
    clearTimeout(timer);
  }
}

/** Refuses by what the request says of itself, before anything is read. */
export function refuseLargerThan(request: IncomingMessage, bytesMax: number): void {
  const stated = request.headers['content-length'];
  if (stated !== undefined && Number(stated) > bytesMax) throw tooLarge(bytesMax);
}

/** What is said to a body that is too large. */
export function tooLarge(bytesMax: number): RefusedRequest {
  return new RefusedRequest(413, `a body of more than ${bytesMax} bytes is not taken here`);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Who sent too much is told so: the connection outlives it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > JSON_BYTES_MAX) throw tooLarge(JSON_BYTES_MAX);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
