/**
 * Downloads an object in one pass over its bytes: hashed, counted, given to a sink. A connection that breaks
 * or falls silent is resumed where it stopped; bytes that are wrong at the end are fetched once more from
 * the beginning.
 */
import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Client } from 'minio';
import type { BlobRef } from '../digest.ts';
import { StageyardError } from '../errors.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import type { S3Calls } from './s3-calls.ts';

/** Wrong bytes are fetched again this often. */
const REFETCHES_MAX = 1;
const PARTIAL_CONTENT = 206;

/** Where the bytes go. */
export interface DownloadSink {
  /** Takes a chunk; what it can't keep yet it may write later, a bounded number of bytes. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when all that was taken is written. */
  flush(): Promise<void>;
  /** Begins anew with nothing. */
  reset(): Promise<void>;
}

/** What is downloaded. */
export interface DownloadRequest {
  readonly calls: S3Calls;
  readonly ref: BlobRef;
  readonly sink: DownloadSink;
  readonly signal: AbortSignalLike | undefined;
}

/** Resolves when all bytes are in the sink and are the right ones. Rejects with `BLOB_*` or `CANCELLED`. */
export async function download(request: DownloadRequest): Promise<void> {
  for (let refetches = 0; ; refetches += 1) {
    const transfer = new Transfer(request);
    await transfer.run();
    if (transfer.isRight) return;
    if (refetches >= REFETCHES_MAX || transfer.isOtherSize) throw mismatch(request.ref);
    await request.sink.reset();
  }
}

class Transfer {
  readonly #request: DownloadRequest;
  #hash: Hash = createHash('sha256');
  #receivedBytes = 0;
  /** The object has another length than the reference. */
  isOtherSize = false;
  isRight = false;

  constructor(request: DownloadRequest) {
    this.#request = request;
  }

  async run(): Promise<void> {
    const { calls, ref, signal } = this.#request;
    const what = `fetch blob ${ref.digest}`;
    for (let isWhole = false; !isWhole; ) {
      const before = this.#receivedBytes;
      try {
        await calls.call({ what, signal, run: (client, alive) => this.#fetchRest(client, alive) });
        isWhole = true;
      } catch (error) {
        const isGone =
          !(error instanceof StageyardError) || error.code !== 'BLOB_STORE_UNAVAILABLE';
        if (isGone || this.#receivedBytes === before) throw error;
      }
    }
    if (this.isOtherSize) return;
    await this.#request.sink.flush();
    this.isRight = this.#hash.digest('hex') === ref.digest;
  }

  /** One request from where we are; ends when the bytes are complete, or of another number than they should be. */
  async #fetchRest(client: Client, alive: () => void): Promise<void> {
    const { calls, ref } = this.#request;
    const offset = this.#receivedBytes;
    if (offset > 0 && offset === ref.sizeBytes) return;
    const stream = await client.getPartialObject(calls.bucket, ref.location, offset);
    alive();
    try {
      await this.#drain(stream, alive);
    } finally {
      stream.destroy();
    }
  }

  async #drain(stream: Readable, alive: () => void): Promise<void> {
    const { ref, sink } = this.#request;
    const { statusCode, headers } = stream as IncomingMessage;
    if (this.#receivedBytes > 0 && statusCode !== PARTIAL_CONTENT) await this.#beginAnew();
    const announced = Number(headers['content-length']);
    if (Number.isSafeInteger(announced) && announced !== ref.sizeBytes - this.#receivedBytes) {
      this.isOtherSize = true;
      return;
    }
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      alive();
      this.#receivedBytes += chunk.length;
      if (this.#receivedBytes > ref.sizeBytes) {
        this.isOtherSize = true;
        return;
      }
      this.#hash.update(chunk);
      await sink.write(chunk);
      alive();
    }
    if (this.#receivedBytes < ref.sizeBytes) throw new Error('the answer ended early');
  }

  /** The server ignored the range. */
  async #beginAnew(): Promise<void> {
    this.#receivedBytes = 0;
    this.#hash = createHash('sha256');
    await this.#request.sink.reset();
  }
}

function mismatch(ref: BlobRef): StageyardError {
  const text = `blob ${ref.digest} is damaged in the store: its bytes have another digest or length`;
  return new StageyardError('BLOB_DIGEST_MISMATCH', text, { context: { digest: ref.digest } });
}
