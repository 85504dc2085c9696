/**
 * Blobs on their way in and out: small ones through memory, larger ones through a file of the scratch directory,
 * so that a body is verified before the store sees it and memory stays bounded however many there are.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobRef, Sha256Digest } from '#proto/digest.ts';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import type { BlobStore, UploadScope } from '#proto/ports/blob-store.ts';
import { refuseLargerThan, tooLarge } from './request-body.ts';

/** Largest blob. */
const BLOB_BYTES_MAX = 64 * 1024 ** 3;
/** Up to this size memory is used. */
const MEMORY_BYTES_MAX = 1024 * 1024;
/** Transfers at a time; others wait. */
const PARALLEL_MAX = 32;
const READ_BYTES = 256 * 1024;

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
  readonly #blobs: BlobStore;
  readonly #directory: string;
  readonly #turns: (() => void)[] = [];
  #underWay = 0;
  #fileCount = 0;

  private constructor(blobs: BlobStore, directory: string) {
    this.#blobs = blobs;
    this.#directory = directory;
  }

  /** Rejects with `STORE_UNWRITABLE` or `DISK_FULL` when there is no room below `scratchDir`. */
  static async open(blobs: BlobStore, scratchDir: string): Promise<BlobTransfers> {
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
    request: IncomingMessage,
    digest: Sha256Digest,
    scope: UploadScope,
  ): Promise<BlobRef> {
    refuseLargerThan(request, BLOB_BYTES_MAX);
    return this.#inTurn(async (path) => {
      const received = await this.#readBody(request, path);
      if (received.digest !== digest) {
        const text = `the body has ${received.sizeBytes} bytes with SHA-256 ${received.digest}, not ${digest}: it was damaged or cut off on its way`;
        throw new StageyardError('BLOB_DIGEST_MISMATCH', text, { context: { digest } });
      }
      const { bytes } = received;
      return bytes === undefined
        ? this.#blobs.putFile(path, scope)
        : this.#blobs.putBytes(bytes, scope);
    });
  }

  /** Answers with a blob's bytes, which were verified before the first of them is sent. Rejects with `BLOB_*`. */
  async send(response: ServerResponse, ref: BlobRef, answer: BlobAnswer): Promise<void> {
    await this.#inTurn(async (path) => {
      const source = await this.#open(ref, path);
      response.writeHead(200, {
        'content-type': answer.type,
        'content-length': ref.sizeBytes,
        ...answer.headers,
      });
      await pipeline(source, response);
    });
  }

  /** Removes the scratch directory. */
  async close(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #open(ref: BlobRef, path: string): Promise<Readable> {
    if (ref.sizeBytes <= MEMORY_BYTES_MAX) {
      return Readable.from([await this.#blobs.getBytes(ref, MEMORY_BYTES_MAX)], {
        objectMode: false,
      });
    }
    await this.#blobs.getFile(ref, path, { readOnlyLink: true });
    return createReadStream(path, { highWaterMark: READ_BYTES });
  }

  async #readBody(request: IncomingMessage, path: string): Promise<Received> {
    const hash = createHash('sha256');
    const small: Buffer[] = [];
    const isSmall = Number(request.headers['content-length']) <= MEMORY_BYTES_MAX;
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
    const sink = isSmall ? keep : createWriteStream(path, { flags: 'wx', mode: 0o600 });
    await pipeline(request, measured, sink);
    const bytes = isSmall ? Buffer.concat(small) : undefined;
    return { digest: hash.digest('hex'), sizeBytes, bytes };
  }

  /** Runs a transfer with a scratch file's path, which is gone afterwards. */
  async #inTurn<T>(transfer: (path: string) => Promise<T>): Promise<T> {
    await this.#turn();
    this.#fileCount += 1;
    const path = join(this.#directory, String(this.#fileCount));
    try {
      return await transfer(path);
    } finally {
      await rm(path, { force: true });
      this.#passOn();
    }
  }

  async #turn(): Promise<void> {
    if (this.#underWay < PARALLEL_MAX) this.#underWay += 1;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
  }

  /** The next one takes our place before anybody else can. */
  #passOn(): void {
    const next = this.#turns.shift();
    if (next === undefined) this.#underWay -= 1;
    else next();
  }
}
