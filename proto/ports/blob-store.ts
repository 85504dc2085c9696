/**
 * Content store. A blob is named by the SHA-256 of its bytes; its reference says where the adapter
 * put it. Written for S3 as it is: a put may succeed although its reply is lost (put again: same
 * digest), a get may be truncated or wrong (the adapter verifies length and digest before it
 * answers), an acknowledged blob may be gone after a power cut (`BLOB_MISSING`: the producer runs
 * again), everything may take long (every call ends by itself with `BLOB_STORE_UNAVAILABLE`).
 */
import type { BlobRef } from '../digest.ts';
import type { AbortSignalLike } from './clock.ts';

/** Where an upload belongs: adapters with attempt-unique keys name the object after it. */
export interface UploadScope {
  /** Run and attempt, or any other text that no second uploader uses. */
  readonly owner: string;
}

/** See the file's head. All methods reject with `StageyardError` codes BLOB_*, DISK_FULL or CANCELLED. */
export interface BlobStore {
  /**
   * Stores a finished file. It must not change during the call. Answers the reference; storing the
   * same bytes twice is cheap and not an error.
   */
  putFile(path: string, scope: UploadScope, signal?: AbortSignalLike): Promise<BlobRef>;
  /**
   * Stores up to 16 MiB from memory as one single write: a snapshot's manifest is committed by it. Refuses more with
   * `BLOB_TOO_LARGE`.
   */
  putBytes(bytes: Uint8Array, scope: UploadScope, signal?: AbortSignalLike): Promise<BlobRef>;
  /**
   * Writes the blob to `path` (through a temporary file beside it, then renamed). Length and digest
   * were verified when it resolves; on failure nothing is at `path`. `readOnlyLink` allows a hard
   * link to the store's own file where there is one: the caller promises not to write to it.
   */
  getFile(ref: BlobRef, path: string, options?: GetFileOptions): Promise<void>;
  /** The verified bytes; refuses with `BLOB_TOO_LARGE` when it is larger than `maxBytes`. */
  getBytes(ref: BlobRef, maxBytes: number, signal?: AbortSignalLike): Promise<Uint8Array>;
  /** True when the blob is there with the right size (no digest check). A store that doesn't answer never says false. */
  has(ref: BlobRef): Promise<boolean>;
  /** Removes it; absent is fine. */
  delete(ref: BlobRef): Promise<void>;
}

/** Options of {@link BlobStore.getFile}. */
export interface GetFileOptions {
  readonly readOnlyLink?: boolean;
  readonly signal?: AbortSignalLike;
}
