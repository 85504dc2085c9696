/**
 * Blobs on their way in and out: small ones through memory, larger ones through a file of the scratch directory,
 * so that a body is verified before the store sees it and memory stays bounded however many there are. Whoever
 * is slow, or goes away, holds up nobody else: the store is asked in turns that no client can draw out.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobRef, Sha256Digest } from '#proto/digest.ts';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import type { BlobStore, UploadScope } from '#proto/ports/blob-store.ts';
import { Turns } from '#coordinator/shell/turns.ts';
import { RefusedRequest } from './failures.ts';
import { untilGone } from './gone.ts';
import { refuseLargerThan, tooLarge } from './request-body.ts';
import { storeMs } from './silence.ts';

/** Largest blob. */
const BLOB_BYTES_MAX = 64 * 1024 ** 3;
/** Up to this size memory is used: every connection may hold one. */
const MEMORY_BYTES_MAX = 256 * 1024;
/** Questions to the store at a time. */
const STORE_CALLS_MAX = 32;
/** Scratch files at a time. */
const FILES_MAX = 128;
/** Less than this between two looks holds a file for too long. */
const PACE_BYTES_MIN = 256 * 1024;
const PACE_LOOK_MS = 60_000;
const READ_BYTES = 256 * 1024;
/** A connection may be silent for so long, besides the store's time for a blob. */
const IDLE_MS_MAX = 60_000;

/** What came in, and where it is. */
interface Received {
  readonly digest: string;
  readonly sizeBytes: number;
  /** Undefined: it is in the file. */
  readonly bytes: Buffer | undefined;
}

/** A piece of a log or of any other blob, as it is sent. */
export interface BlobAnswer {
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** See the file's head. */
export class BlobTransfers {
  readonly #blobs: () => BlobStore;
  readonly #directory: string;
  readonly #storeCalls = new Turns(STORE_CALLS_MAX);
  readonly #files = new Turns(FILES_MAX);
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #fileCount = 0;

  private constructor(blobs: () => BlobStore, directory: string) {
    this.#blobs = blobs;
    this.#directory = directory;
  }

  /** Rejects with `STORE_UNWRITABLE` or `DISK_FULL` when there is no room below `scratchDir`. */
  static async open(blobs: () => BlobStore, scratchDir: string): Promise<BlobTransfers> {
    try {
      return new BlobTransfers(blobs, await mkdtemp(join(scratchDir, 'stageyard-http-')));
    } catch (error) {
      throw wrapError(
        error,
        `scratch directory ${scratchDir}`,
        errorCodeOf(error, 'STORE_UNWRITABLE'),
      );
    }
  }

  /** Stores a request's body. Rejects with `BLOB_DIGEST_MISMATCH` when it isn't what it is said to be. */
  async receive(
    response: ServerResponse,
    digest: Sha256Digest,
    scope: UploadScope,
  ): Promise<BlobRef> {
    const { headers } = response.req;
    refuseLargerThan(response.req, BLOB_BYTES_MAX);
    const statedBytes = Number(headers['content-length'] ?? BLOB_BYTES_MAX);
    const isSmall = statedBytes <= MEMORY_BYTES_MAX;
    return this.#transfer(response, statedBytes, async (path, signal) => {
      const { bytes, ...received } = await readBody(response, isSmall ? undefined : path);
      if (received.digest !== digest) {
        const text = `the body has ${received.sizeBytes} bytes with SHA-256 ${received.digest}, not ${digest}: it was damaged or cut off on its way`;
        throw new StageyardError('BLOB_DIGEST_MISMATCH', text, { context: { digest } });
      }
      return this.#storeCalls.take(signal, () =>
        bytes === undefined
          ? this.#blobs().putFile(path, scope, signal)
          : this.#blobs().putBytes(bytes, scope, signal),
      );
    });
  }

  /** Answers with a blob's bytes, which were verified before the first of them is sent. Rejects with `BLOB_*`. */
  async send(response: ServerResponse, ref: BlobRef, answer: BlobAnswer): Promise<void> {
    await this.#transfer(response, ref.sizeBytes, async (path, signal) => {
      const source = await this.#storeCalls.take(signal, () => this.#open(ref, path, signal));
      response.writeHead(200, {
        'content-type': answer.type,
        'content-length': ref.sizeBytes,
        ...answer.headers,
      });
      await pipeline(source, paced(), response);
    });
  }

  /** Ends what is under way and removes the scratch directory. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#underWay);
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #open(ref: BlobRef, path: string, signal: AbortSignal): Promise<Readable> {
    if (ref.sizeBytes <= MEMORY_BYTES_MAX) {
      const bytes = await this.#blobs().getBytes(ref, MEMORY_BYTES_MAX, signal);
      return Readable.from([bytes], { objectMode: false });
    }
    await this.#blobs().getFile(ref, path, { readOnlyLink: true, signal });
    return createReadStream(path, { highWaterMark: READ_BYTES });
  }

  /** Runs a transfer for as long as its client is there; its scratch file is gone afterwards. */
  async #transfer<T>(
    response: ServerResponse,
    sizeBytes: number,
    transfer: (path: string, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.any([untilGone(response), this.#closed.signal]);
    const path = join(this.#directory, String(this.#fileCount++));
    response.setTimeout(IDLE_MS_MAX + storeMs(sizeBytes));
    const step = async (): Promise<T> => {
      try {
        return await transfer(path, signal);
      } finally {
        await rm(path, { force: true });
      }
    };
    const done = sizeBytes <= MEMORY_BYTES_MAX ? step() : this.#files.take(signal, step);
    this.#underWay.add(done);
    return done.finally(() => this.#underWay.delete(done));
  }
}

/** Into a file, or into memory where no path is given. */
async function readBody(response: ServerResponse, path: string | undefined): Promise<Received> {
  const hash = createHash('sha256');
  const small: Buffer[] = [];
  let sizeBytes = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(sizeBytes > BLOB_BYTES_MAX ? tooLarge(BLOB_BYTES_MAX) : null, chunk);
    },
  });
  const keep = new Writable({
    write(chunk: Buffer, _encoding, done) {
      small.push(chunk);
      done();
    },
  });
  const sink = path === undefined ? keep : createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    // Who sent it is told what is wrong: the connection outlives a failure here.
    const body = response.req.iterator({ destroyOnReturn: false });
    await pipeline(body, paced(), measured, sink);
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    throw wrapError(error, 'receiving a blob', errorCodeOf(error, 'INTERNAL'));
  }
  const bytes = path === undefined ? Buffer.concat(small) : undefined;
  return { digest: hash.digest('hex'), sizeBytes, bytes };
}

/** Lets bytes through as long as they don't come, or go, too slowly. */
function paced(): Transform {
  let bytes = 0;
  const look = setInterval(() => {
    if (bytes < PACE_BYTES_MIN) stream.destroy(new RefusedRequest(408, 'the transfer is too slow'));
    bytes = 0;
  }, PACE_LOOK_MS);
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
    destroy(error, done) {
      clearInterval(look);
      done(error);
    },
  });
  return stream;
}
