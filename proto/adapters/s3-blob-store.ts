/**
 * The blob store in S3. Every upload has a key of its own (`location` of the reference), so two workers
 * never write to one object and a conditional write isn't needed; what nobody refers to is collected by
 * age. Nothing is believed: an upload is looked at afterwards, a download is hashed and counted.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { BlobRef } from '../digest.ts';
import { StageyardError } from '../errors.ts';
import { blobKey, isKeyOfBlob, objectPrefix } from '../object-keys.ts';
import type { BlobStore, GetFileOptions, UploadScope } from '../ports/blob-store.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import { guarded, missingBlob, refuseLargeGet, refuseLargePut } from './blob-errors.ts';
import { type DigestAndSize, digestOfBytes, digestOfFile } from './hashing.ts';
import { currentProcessIdentity } from './process-identity.ts';
import { isAbsent, s3Code, type S3CallLimits, S3Calls, type S3Place } from './s3-calls.ts';
import { download, type DownloadSink } from './s3-download.ts';
import { FileSink, MemorySink } from './s3-download-sinks.ts';
import {
  abortUpload,
  type OpenUpload,
  putBuffer,
  uploadFile,
  type UploadLedger,
} from './s3-upload.ts';

const NONCE_BYTES = 8;

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
    if (this.#isOurs(ref)) return (await this.#sizeOf(ref)) === ref.sizeBytes;
    // Who asks for what can't be here may want to know whether the server answers.
    const { digest } = ref;
    const nowhere = { prefix: this.#prefix, digest, owner: 'nobody', nonce: '0'.repeat(16) };
    await this.#sizeOf({ ...ref, location: blobKey(nowhere) });
    return false;
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
    if (!this.#isOurs(ref)) throw missingBlob(ref);
  }

  async #download(
    ref: BlobRef,
    sink: DownloadSink,
    signal: AbortSignalLike | undefined,
  ): Promise<void> {
    try {
      await download({ calls: this.#calls, ref, sink, signal });
    } catch (error) {
      throw isAbsent(error) ? missingBlob(ref, error) : error;
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
