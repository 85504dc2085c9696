/**
 * The blob store in S3. Every upload has a key of its own (`location` of the reference), so two workers
 * never write to one object and a conditional write isn't needed; what nobody refers to is collected by
 * age. Nothing is believed: an upload is looked at afterwards, a download is hashed and counted.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { BlobRef } from '../digest.ts';
import type { ErrorCode } from '../error-codes.ts';
import { errorCodeOf, StageyardError, systemErrorCode } from '../errors.ts';
import { blobKey, isKeyOfBlob, objectPrefix } from '../object-keys.ts';
import type { BlobStore, GetFileOptions, UploadScope } from '../ports/blob-store.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import { refuseLargeGet, refuseLargePut } from './blob-sizes.ts';
import { errorText } from './error-text.ts';
import { type DigestAndSize, digestOfBytes, digestOfFile } from './hashing.ts';
import { currentProcessIdentity } from './process-identity.ts';
import { isAbsent, s3Code, type S3CallLimits, S3Calls, type S3Place } from './s3-calls.ts';
import { download, type DownloadSink } from './s3-download.ts';
import {
  abortUpload,
  type OpenUpload,
  putBuffer,
  uploadFile,
  type UploadLedger,
} from './s3-upload.ts';

const NONCE_BYTES = 8;
/** Of a download: fewer bytes than this wait for more before they are written. */
const WRITE_BYTES_MIN = 4 * 1024 * 1024;

/** Shared by all stores of the process: temporary names never repeat. */
let temporaryCount = 0;

/** Options of {@link S3BlobStore.open}. */
export interface S3BlobStoreOptions extends S3Place, S3CallLimits {
  /** Of all keys, `[a-z0-9._-]` parts; the bucket's root when empty. */
  readonly prefix?: string;
  /** Where unfinished uploads are noted. */
  readonly ledger?: UploadLedger;
  /** Of a multipart upload; at least 5 MiB for the last but one, says S3. */
  readonly partSizeBytes?: number;
}

/** See the file's head. */
export class S3BlobStore implements BlobStore {
  readonly #calls: S3Calls;
  readonly #options: S3BlobStoreOptions;
  readonly #prefix: string;

  private constructor(options: S3BlobStoreOptions) {
    this.#options = options;
    this.#prefix = objectPrefix(options.prefix ?? '', 'the object store');
    this.#calls = new S3Calls(options, options);
  }

  /**
   * Opens it and asks for an object that isn't there, which tells whether server, bucket and credentials are
   * right. Rejects with `CONFIG_INVALID` or `BLOB_STORE_UNAVAILABLE`.
   */
  static async open(options: S3BlobStoreOptions): Promise<S3BlobStore> {
    const store = new S3BlobStore(options);
    await store.#probe();
    return store;
  }

  async putFile(path: string, scope: UploadScope, signal?: AbortSignalLike): Promise<BlobRef> {
    return guarded(`store ${path}`, signal, async () => {
      const ref = this.#newRef(await digestOfFile(path, signal), scope);
      const { ledger, partSizeBytes } = this.#options;
      const key = ref.location;
      await uploadFile({ calls: this.#calls, key, path, ref, ledger, signal, partSizeBytes });
      await this.#confirm(ref, signal);
      return ref;
    });
  }

  async putBytes(
    bytes: Uint8Array,
    scope: UploadScope,
    signal?: AbortSignalLike,
  ): Promise<BlobRef> {
    refuseLargePut(bytes);
    return guarded('store a blob', signal, async () => {
      const copy = Buffer.from(bytes);
      const digest = digestOfBytes(copy);
      const ref = this.#newRef({ digest, sizeBytes: copy.length }, scope);
      await putBuffer({ calls: this.#calls, key: ref.location, ref, signal }, copy);
      await this.#confirm(ref, signal);
      return ref;
    });
  }

  async getFile(ref: BlobRef, path: string, options: GetFileOptions = {}): Promise<void> {
    temporaryCount += 1;
    const temporary = `${path}.${currentProcessIdentity()}.s3-${temporaryCount}`;
    const what = `fetch blob ${ref.digest} to ${path}`;
    await guarded(what, options.signal, async () => {
      this.#checkLocation(ref);
      try {
        const file = await open(temporary, 'wx');
        const sink = new FileSink(file, temporary);
        try {
          await this.#download(ref, sink, options.signal);
        } finally {
          await sink.settled();
          await file.close();
        }
        await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  async getBytes(ref: BlobRef, maxBytes: number, signal?: AbortSignalLike): Promise<Uint8Array> {
    refuseLargeGet(ref, maxBytes);
    return guarded(`read blob ${ref.digest}`, signal, async () => {
      this.#checkLocation(ref);
      const sink = new MemorySink();
      await this.#download(ref, sink, signal);
      return sink.bytes();
    });
  }

  async has(ref: BlobRef): Promise<boolean> {
    if (!this.#isOurs(ref)) return false;
    return (await this.#sizeOf(ref)) === ref.sizeBytes;
  }

  async delete(ref: BlobRef): Promise<void> {
    if (!this.#isOurs(ref)) return;
    await this.#calls.call({
      what: `delete blob ${ref.digest}`,
      run: async (client) => {
        try {
          await client.removeObject(this.#calls.bucket, ref.location);
        } catch (error) {
          if (s3Code(error) !== 'NoSuchKey') throw error;
        }
      },
    });
  }

  /** Gives up an upload that another process left, as noted in the ledger. One that has ended is fine. */
  async abortUpload(upload: OpenUpload): Promise<void> {
    await abortUpload(this.#calls, upload);
  }

  /** Ends its connections; calls that run are ended too. */
  async close(): Promise<void> {
    this.#calls.close();
  }

  async #probe(): Promise<void> {
    const key = `${this.#prefix}blob/probe`;
    try {
      await this.#calls.call({
        what: 'open the store',
        run: async (client) => {
          const stream = await client.getPartialObject(this.#calls.bucket, key, 0);
          stream.destroy();
        },
      });
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }

  #newRef({ digest, sizeBytes }: DigestAndSize, { owner }: UploadScope): BlobRef {
    const nonce = randomBytes(NONCE_BYTES).toString('hex');
    const location = blobKey({ prefix: this.#prefix, digest, owner, nonce });
    return { digest, sizeBytes, location };
  }

  /** A reference comes from a message: it may name an object of its own blob and nothing else. */
  #isOurs({ location, digest }: BlobRef): boolean {
    return isKeyOfBlob(location, this.#prefix, digest);
  }

  #checkLocation(ref: BlobRef): void {
    if (!this.#isOurs(ref)) throw missing(ref);
  }

  async #download(
    ref: BlobRef,
    sink: DownloadSink,
    signal: AbortSignalLike | undefined,
  ): Promise<void> {
    try {
      await download({ calls: this.#calls, ref, sink, signal });
    } catch (error) {
      throw isAbsent(error) ? missing(ref, error) : error;
    }
  }

  /** What was stored is there, whole: a server may have said so too early. */
  async #confirm(ref: BlobRef, signal: AbortSignalLike | undefined): Promise<void> {
    const sizeBytes = await this.#sizeOf(ref, signal);
    if (sizeBytes === ref.sizeBytes) return;
    const found = sizeBytes === undefined ? 'is not there' : `has ${sizeBytes} bytes`;
    const text = `blob ${ref.digest} was stored, but ${found} (${ref.sizeBytes} bytes were sent)`;
    throw new StageyardError('BLOB_STORE_UNAVAILABLE', text, { context: { digest: ref.digest } });
  }

  async #sizeOf(ref: BlobRef, signal?: AbortSignalLike): Promise<number | undefined> {
    try {
      const found = await this.#calls.call({
        what: `look for blob ${ref.digest}`,
        signal,
        run: (client) => client.statObject(this.#calls.bucket, ref.location),
      });
      return found.size;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }
}

/** Chunks are written many at a time, while the next ones come in and are hashed. */
class FileSink implements DownloadSink {
  readonly #file: FileHandle;
  readonly #path: string;
  #position = 0;
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  /** Of earlier chunks. Never rejects: the next call tells how it ended. */
  #writing: Promise<StageyardError | undefined> = Promise.resolve(undefined);

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
    if (this.#chunkBytes >= WRITE_BYTES_MIN) await this.#beginWriting();
  }

  async flush(): Promise<void> {
    await this.#beginWriting();
    await this.#written();
  }

  async reset(): Promise<void> {
    this.#chunks = [];
    this.#chunkBytes = 0;
    // It must not write behind the new beginning.
    await this.#writing;
    this.#position = 0;
    const failure = await this.#guarded(() => this.#file.truncate(0));
    if (failure !== undefined) throw failure;
    this.#writing = Promise.resolve(undefined);
  }

  async #beginWriting(): Promise<void> {
    await this.#written();
    const chunks = this.#chunks;
    const chunkBytes = this.#chunkBytes;
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#writing = this.#guarded(() => this.#writeAll(chunks, chunkBytes));
  }

  async #written(): Promise<void> {
    const failure = await this.#writing;
    if (failure !== undefined) throw failure;
  }

  /** Resolves when nothing is being written any more: the file may be closed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(chunks: readonly Uint8Array[], byteCount: number): Promise<void> {
    const { bytesWritten } = await this.#file.writev([...chunks], this.#position);
    this.#position += bytesWritten;
    if (bytesWritten < byteCount) await this.#writeRest(Buffer.concat(chunks), bytesWritten);
  }

  /** The system took less than it was given: the disk may be nearly full. */
  async #writeRest(bytes: Uint8Array, from: number): Promise<void> {
    for (let written = from; written < bytes.length; ) {
      const left = bytes.length - written;
      const { bytesWritten } = await this.#file.write(bytes, written, left, this.#position);
      written += bytesWritten;
      this.#position += bytesWritten;
    }
  }

  /** A full disk here is no failure of the server: it must not be tried again there. */
  async #guarded(step: () => Promise<void>): Promise<StageyardError | undefined> {
    try {
      await step();
      return undefined;
    } catch (error) {
      return localError(error, `write ${this.#path}`);
    }
  }
}

class MemorySink implements DownloadSink {
  #chunks: Uint8Array[] = [];

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
  }

  async flush(): Promise<void> {
    // It is all here.
  }

  async reset(): Promise<void> {
    this.#chunks = [];
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

function missing(ref: BlobRef, cause?: unknown): StageyardError {
  const text = `blob ${ref.digest} is not in the store`;
  return new StageyardError('BLOB_MISSING', text, { context: { digest: ref.digest }, cause });
}

async function guarded<T>(
  what: string,
  signal: AbortSignalLike | undefined,
  step: () => Promise<T>,
): Promise<T> {
  try {
    if (signal?.aborted) throw signal.reason;
    return await step();
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    if (!signal?.aborted) throw localError(error, what);
    throw new StageyardError('CANCELLED', `cannot ${what}: cancelled`, { cause: error });
  }
}

function localError(error: unknown, what: string): StageyardError {
  const errno = systemErrorCode(error) ?? '';
  const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes(errno);
  const otherwise: ErrorCode = isForbidden ? 'STORE_UNWRITABLE' : 'BLOB_STORE_UNAVAILABLE';
  const code = errorCodeOf(error, otherwise);
  return new StageyardError(code, `cannot ${what}: ${errorText(error)}`, { cause: error });
}
