/**
 * A blob store with a cache on this machine: a blob is downloaded once however many tasks want it at once, and kept
 * until the cache is full; then those that were not used for longest go. A disk that is full although the cache isn't
 * gets all of it back. Whatever is wrong with the cache, the store behind it is asked.
 */
import { rm } from 'node:fs/promises';
import type { BlobRef, Sha256Digest } from '../digest.ts';
import { StageyardError, wrapError } from '../errors.ts';
import type { BlobStore, GetFileOptions, UploadScope } from '../ports/blob-store.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { DirectoryBlobStore } from './directory-blob-store.ts';

/** After a full cache was cleared it is this full. */
const KEPT_PART = 0.9;
/** One blob may take at most this part of the cache; larger ones go past it. */
const BLOB_PART_MAX = 0.5;

/** What it is made of. */
export interface CachedBlobStoreOptions {
  readonly store: BlobStore;
  /** Of its own. */
  readonly cacheDir: string;
  readonly cacheSizeBytesMax: number;
  readonly logger: Logger;
}

/** See the file's head. */
export class CachedBlobStore implements BlobStore {
  readonly #options: CachedBlobStoreOptions;
  readonly #cache: DirectoryBlobStore;
  readonly #downloads = new Map<Sha256Digest, Promise<boolean>>();
  /** Blobs that are being read from the cache, and how often: they stay. */
  readonly #reading = new Map<Sha256Digest, number>();
  #sizeBytes: number;
  #clearing: Promise<void> | undefined;

  private constructor(
    options: CachedBlobStoreOptions,
    cache: DirectoryBlobStore,
    sizeBytes: number,
  ) {
    this.#options = options;
    this.#cache = cache;
    this.#sizeBytes = sizeBytes;
  }

  /** Opens it. Rejects with `STORE_UNWRITABLE` or `DISK_FULL`. */
  static async open(options: CachedBlobStoreOptions): Promise<CachedBlobStore> {
    const cache = await DirectoryBlobStore.open(options.cacheDir);
    let sizeBytes = 0;
    for await (const { ref } of cache.stored()) sizeBytes += ref.sizeBytes;
    const store = new CachedBlobStore(options, cache, sizeBytes);
    await store.#clear();
    return store;
  }

  putFile(path: string, scope: UploadScope, signal?: AbortSignalLike): Promise<BlobRef> {
    return this.#options.store.putFile(path, scope, signal);
  }

  putBytes(bytes: Uint8Array, scope: UploadScope, signal?: AbortSignalLike): Promise<BlobRef> {
    return this.#options.store.putBytes(bytes, scope, signal);
  }

  async getFile(ref: BlobRef, path: string, options: GetFileOptions = {}): Promise<void> {
    const { store, cacheSizeBytesMax } = this.#options;
    if (options.signal?.aborted) throw cancelled(options.signal);
    if (ref.sizeBytes > cacheSizeBytesMax * BLOB_PART_MAX) return store.getFile(ref, path, options);
    this.#hold(ref.digest, 1);
    try {
      const isCached = await unlessAborted(this.#cached(ref), options.signal);
      if (isCached && (await this.#fromCache(ref, path, options))) return;
      await store.getFile(ref, path, options);
    } finally {
      this.#hold(ref.digest, -1);
    }
  }

  getBytes(ref: BlobRef, maxBytes: number, signal?: AbortSignalLike): Promise<Uint8Array> {
    return this.#options.store.getBytes(ref, maxBytes, signal);
  }

  has(ref: BlobRef): Promise<boolean> {
    return this.#options.store.has(ref);
  }

  async delete(ref: BlobRef): Promise<void> {
    await this.#cache.delete(ref);
    await this.#options.store.delete(ref);
  }

  /** True once the blob is in the cache; whoever comes while it is on its way waits for the same download. */
  async #cached(ref: BlobRef): Promise<boolean> {
    const underWay = this.#downloads.get(ref.digest);
    if (underWay !== undefined) return underWay;
    const fetching = this.#fetched(ref);
    this.#downloads.set(ref.digest, fetching);
    try {
      return await fetching;
    } finally {
      this.#downloads.delete(ref.digest);
    }
  }

  /**
   * Not ended by the signal of the task that asked first: others wait for it too. Rejects as the store behind does;
   * false when the cache can't keep it.
   */
  async #fetched(ref: BlobRef): Promise<boolean> {
    if (await this.#tried(() => this.#cache.renew(ref))) return true;
    const temporary = this.#cache.temporaryPath();
    try {
      if (!(await this.#downloaded(ref, temporary))) return false;
      const isKept = await this.#tried(async () => {
        await this.#cache.adopt(temporary, ref);
        return true;
      });
      this.#sizeBytes += isKept ? ref.sizeBytes : 0;
      await this.#clear();
      return isKept;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** False: the disk of the cache has no room for it. */
  async #downloaded(ref: BlobRef, path: string): Promise<boolean> {
    try {
      await this.#options.store.getFile(ref, path);
      return true;
    } catch (error) {
      if (!isFullDisk(error)) throw error;
      await this.#clear(0);
      return false;
    }
  }

  /** A cache that fails is one that doesn't have the blob. */
  async #tried(step: () => Promise<boolean>): Promise<boolean> {
    try {
      return await step();
    } catch (error) {
      if (isFullDisk(error)) await this.#clear(0);
      const cause = wrapError(error, 'blob cache').message;
      this.#options.logger.warn({ cause }, 'the cache of blobs fails');
      return false;
    }
  }

  async #fromCache(ref: BlobRef, path: string, options: GetFileOptions): Promise<boolean> {
    return this.#tried(async () => {
      await this.#cache.getFile(ref, path, options);
      return true;
    });
  }

  #hold(digest: Sha256Digest, change: 1 | -1): void {
    const count = (this.#reading.get(digest) ?? 0) + change;
    if (count === 0) this.#reading.delete(digest);
    else this.#reading.set(digest, count);
  }

  async #clear(sizeBytesMax = this.#options.cacheSizeBytesMax): Promise<void> {
    if (this.#sizeBytes <= sizeBytesMax) return;
    this.#clearing ??= this.#removeOldest(sizeBytesMax).finally(() => {
      this.#clearing = undefined;
    });
    await this.#clearing;
  }

  async #removeOldest(sizeBytesMax: number): Promise<void> {
    const stored = [];
    for await (const blob of this.#cache.stored()) stored.push(blob);
    let sizeBytes = stored.reduce((sum, { ref }) => sum + ref.sizeBytes, 0);
    for (const { ref } of stored.toSorted((a, b) => a.usedAtMs - b.usedAtMs)) {
      if (sizeBytes <= sizeBytesMax * KEPT_PART) break;
      if (this.#reading.has(ref.digest)) continue;
      await this.#cache.delete(ref);
      sizeBytes -= ref.sizeBytes;
    }
    this.#sizeBytes = sizeBytes;
  }
}

function isFullDisk(error: unknown): boolean {
  return error instanceof StageyardError && error.code === 'DISK_FULL';
}

/** What is waited for goes on for others. */
async function unlessAborted<T>(
  waiting: Promise<T>,
  signal: AbortSignalLike | undefined,
): Promise<T> {
  if (signal === undefined) return waiting;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(cancelled(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([waiting, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function cancelled(signal: AbortSignalLike): StageyardError {
  return new StageyardError('CANCELLED', 'cannot fetch a blob: cancelled', {
    cause: signal.reason,
  });
}
