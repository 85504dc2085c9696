/**
 * The farm's blob store as a client sees it: through the coordinator. Bytes are verified on both ends. Nothing can
 * be deleted.
 */
import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { refuseLargeGet, refuseLargePut } from '#proto/adapters/blob-errors.ts';
import { writeFileOnce } from '#proto/adapters/durable-file.ts';
import { digestOfBytes, digestOfChunks, digestOfFile } from '#proto/adapters/hashing.ts';
import type { BlobRef, Sha256Digest } from '#proto/digest.ts';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import { jsonBlobRef } from '#proto/json-shape.ts';
import type { BlobStore, GetFileOptions, UploadScope } from '#proto/ports/blob-store.ts';
import type { AbortSignalLike } from '#proto/ports/clock.ts';
import type { FarmLink, Question } from './farm-link.ts';
import type { UploadMemory } from './upload-memory.ts';

const READ_BYTES = 256 * 1024;
/** Sending more than this takes a while on many lines: it is told. */
const TOLD_BYTES_MIN = 32 * 2 ** 20;

/** Temporary names never repeat. */
let temporaryCount = 0;

/** What is uploaded. */
interface Upload {
  readonly digest: Sha256Digest;
  readonly body: NonNullable<Question['body']>;
  readonly owner: string;
  readonly signal: AbortSignalLike | undefined;
}

/** See the file's head. */
export class HttpBlobStore implements BlobStore {
  readonly #link: FarmLink;
  readonly #uploads: UploadMemory | undefined;
  readonly #say: (text: string) => void;

  constructor(
    link: FarmLink,
    options: { readonly uploads?: UploadMemory; readonly say: (text: string) => void },
  ) {
    this.#link = link;
    this.#uploads = options.uploads;
    this.#say = options.say;
  }

  async putFile(path: string, { owner }: UploadScope, signal?: AbortSignalLike): Promise<BlobRef> {
    const { digest, sizeBytes } = await digestOfFile(path, signal).catch((error: unknown) => {
      if (signal?.aborted === true) throw cancelled(error);
      throw wrapError(error, `cannot read ${path}`, errorCodeOf(error, 'BLOB_STORE_UNAVAILABLE'));
    });
    const sent = await this.#uploads?.recall(digest, sizeBytes);
    if (sent !== undefined && (await this.has(sent))) return sent;
    if (sizeBytes >= TOLD_BYTES_MIN)
      this.#say(`sending ${Math.round(sizeBytes / 2 ** 20)} MiB to the farm`);
    const open = (): Readable => Readable.from(pieces(path), { objectMode: false });
    const stored = await this.#put({ digest, body: { sizeBytes, open }, owner, signal });
    await this.#uploads?.remember(stored);
    return stored;
  }

  async putBytes(
    bytes: Uint8Array,
    { owner }: UploadScope,
    signal?: AbortSignalLike,
  ): Promise<BlobRef> {
    refuseLargePut(bytes);
    const body = {
      sizeBytes: bytes.length,
      open: () => Readable.from([bytes], { objectMode: false }),
    };
    return this.#put({ digest: digestOfBytes(bytes), body, owner, signal });
  }

  async getFile(ref: BlobRef, path: string, options: GetFileOptions = {}): Promise<void> {
    const { signal } = options;
    temporaryCount += 1;
    const temporary = `${path}.${process.pid}-${temporaryCount}.part`;
    try {
      await this.#get(ref, signal, (response) =>
        writeVerified(this.#bytesOf(response, ref), ref, temporary),
      );
      await rename(temporary, path);
    } catch (error) {
      if (error instanceof StageyardError) throw error;
      throw wrapError(error, `cannot write ${path}`, errorCodeOf(error, 'BLOB_STORE_UNAVAILABLE'));
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async getBytes(ref: BlobRef, maxBytes: number, signal?: AbortSignalLike): Promise<Uint8Array> {
    refuseLargeGet(ref, maxBytes);
    return this.#get(ref, signal, async (response) => {
      const chunks: Uint8Array[] = [];
      const body = this.#bytesOf(response, ref);
      const found = await digestOfChunks(body, undefined, async (chunk) => {
        chunks.push(chunk);
      });
      if (found.digest !== ref.digest) throw mismatch(ref);
      return Buffer.concat(chunks);
    });
  }

  async has(ref: BlobRef): Promise<boolean> {
    try {
      return await this.#link.exchange({ method: 'HEAD', path: pathOf(ref) }, async (response) => {
        response.resume();
        return true;
      });
    } catch (error) {
      if (error instanceof StageyardError && error.code === 'BLOB_MISSING') return false;
      throw error;
    }
  }

  /** Always rejects: what is stored belongs to the farm. */
  async delete(ref: BlobRef): Promise<void> {
    const text = `blob ${ref.digest} belongs to the farm: clients delete nothing`;
    throw new StageyardError('BLOB_STORE_UNAVAILABLE', text);
  }

  async #put({ digest, body, owner, signal }: Upload): Promise<BlobRef> {
    const path = `blobs/${digest}?owner=${encodeURIComponent(owner)}`;
    const answer = await this.#link.ask({ method: 'PUT', path, body, signal });
    return jsonBlobRef(answer.members, answer.at);
  }

  /** What comes, as long as it isn't too much. */
  async *#bytesOf(response: IncomingMessage, ref: BlobRef): AsyncIterable<Uint8Array> {
    let sizeBytes = 0;
    for await (const chunk of this.#link.bytesOf(response)) {
      sizeBytes += chunk.length;
      if (sizeBytes > ref.sizeBytes) throw mismatch(ref);
      yield chunk;
    }
  }

  #get<T>(
    ref: BlobRef,
    signal: AbortSignalLike | undefined,
    read: (response: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    const question = { path: pathOf(ref), blobBytes: ref.sizeBytes, signal };
    return this.#link.exchange({ method: 'GET', ...question }, read);
  }
}

function pathOf({ digest, sizeBytes, location }: BlobRef): string {
  return `blobs/${digest}?size=${sizeBytes}&location=${encodeURIComponent(location)}`;
}

/** What can't be written is told as what it is: trying again would not help. */
async function writeVerified(
  chunks: AsyncIterable<Uint8Array>,
  ref: BlobRef,
  path: string,
): Promise<void> {
  // Each try begins with an empty file.
  await rm(path, { force: true });
  try {
    const found = await writeFileOnce(chunks, { path, sync: false });
    if (found.digest !== ref.digest || found.sizeBytes !== ref.sizeBytes) throw mismatch(ref);
  } catch (error) {
    throw wrapError(error, `cannot write ${path}`, errorCodeOf(error, 'OUTPUT_UNWRITABLE'));
  }
}

/** A file that can't be read any more is no trouble of the farm. */
async function* pieces(path: string): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) yield chunk;
  } catch (error) {
    throw wrapError(error, `cannot read ${path}`);
  }
}

function mismatch(ref: BlobRef): StageyardError {
  const text = `blob ${ref.digest} came with other bytes than its digest says`;
  return new StageyardError('BLOB_DIGEST_MISMATCH', text, { context: { digest: ref.digest } });
}

function cancelled(cause: unknown): StageyardError {
  return new StageyardError('CANCELLED', 'the transfer was cancelled', { cause });
}
