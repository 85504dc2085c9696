/**
 * The blob store as a directory: `sha256/ab/<digest>`, each file written in `tmp/`, synced and
 * renamed, so that a name that exists is a whole blob whatever died when. Put-if-absent: equal bytes
 * are kept, their time is renewed (a collector by age must not take what somebody has just stored
 * again). Reads verify length and digest; a damaged blob is removed, so that its producer can store it
 * again.
 *
 * Temporary files carry the identity of their process; those of dead ones go when the store is opened.
 */
import type { Stats } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BlobRef, isSha256Digest, type Sha256Digest } from '../digest.ts';
import { StageyardError, systemErrorCode } from '../errors.ts';
import type { BlobStore, GetFileOptions, UploadScope } from '../ports/blob-store.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import { guarded, missingBlob, refuseLargeGet, refuseLargePut } from './blob-errors.ts';
import { chunksOf, singleChunk, syncDirectory, writeFileOnce } from './durable-file.ts';
import { type DigestAndSize, digestOfBytes, digestOfFile } from './hashing.ts';
import { currentProcessIdentity, isKnownDead } from './process-identity.ts';

/** A temporary file of an unknown process is left alone this long. */
const FOREIGN_TEMPORARY_AGE_MS = 7 * 24 * 3600 * 1000;
/** Blobs whose digest this process has seen to be right; the oldest are forgotten. */
const TRUSTED_BLOBS_MAX = 50_000;
/** Nobody writes to a stored blob, through whatever link. */
const BLOB_MODE = 0o444;

/** Shared by all stores of the process: temporary names never repeat. */
let temporaryCount = 0;

/** A blob of a store. */
export interface StoredBlob {
  readonly ref: BlobRef;
  readonly usedAtMs: number;
}

/** See the file's head. */
export class DirectoryBlobStore implements BlobStore {
  readonly #root: string;
  readonly #identity = currentProcessIdentity();
  /** Digest → identity of the file whose bytes had it. */
  readonly #trusted = new Map<Sha256Digest, string>();

  private constructor(root: string) {
    this.#root = root;
  }

  /**
   * Opens or makes the store and removes what dead processes left half-written. Rejects with
   * `STORE_UNWRITABLE`, `DISK_FULL` or `BLOB_STORE_UNAVAILABLE`.
   */
  static async open(root: string): Promise<DirectoryBlobStore> {
    const store = new DirectoryBlobStore(root);
    await guarded(`open the store ${root}`, undefined, async () => {
      await mkdir(join(root, 'sha256'), { recursive: true });
      await mkdir(store.#temporaryDir, { recursive: true });
      await store.#removeStaleTemporaries();
    });
    return store;
  }

  async putFile(path: string, _scope: UploadScope, signal?: AbortSignalLike): Promise<BlobRef> {
    return guarded(`store ${path} in ${this.#root}`, signal, async () => {
      const source = await open(path, 'r');
      try {
        return await this.#put(chunksOf(source), signal);
      } finally {
        await source.close();
      }
    });
  }

  async putBytes(
    bytes: Uint8Array,
    _scope: UploadScope,
    signal?: AbortSignalLike,
  ): Promise<BlobRef> {
    refuseLargePut(bytes);
    return guarded(`store a blob in ${this.#root}`, signal, async () => {
      const ref = { digest: digestOfBytes(bytes), sizeBytes: bytes.length, location: '' };
      return (await this.renew(ref)) ? ref : this.#put(singleChunk(bytes), signal);
    });
  }

  async getFile(ref: BlobRef, path: string, options: GetFileOptions = {}): Promise<void> {
    const temporary = `${path}.${this.#nextTemporaryName()}`;
    await guarded(`fetch blob ${ref.digest} to ${path}`, options.signal, async () => {
      try {
        const isLinked = options.readOnlyLink === true && (await this.#link(ref, temporary));
        if (!isLinked) await this.#copy(ref, temporary, options.signal);
        await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  async getBytes(ref: BlobRef, maxBytes: number, signal?: AbortSignalLike): Promise<Uint8Array> {
    refuseLargeGet(ref, maxBytes);
    return guarded(`read blob ${ref.digest}`, signal, async () => {
      const found = await this.#statOf(ref.digest);
      if (found === undefined) throw missingBlob(ref);
      if (found.size !== ref.sizeBytes) throw await this.#mismatch(ref);
      const bytes = await readFile(this.#pathOf(ref.digest));
      if (digestOfBytes(bytes) !== ref.digest) throw await this.#mismatch(ref);
      return bytes;
    });
  }

  async has(ref: BlobRef): Promise<boolean> {
    return guarded('look for a blob', undefined, async () => {
      return (await this.#statOf(ref.digest))?.size === ref.sizeBytes;
    });
  }

  async delete(ref: BlobRef): Promise<void> {
    await guarded(`delete blob ${ref.digest}`, undefined, () =>
      rm(this.#pathOf(ref.digest), { force: true }),
    );
  }

  get #temporaryDir(): string {
    return join(this.#root, 'tmp');
  }

  #pathOf(digest: Sha256Digest): string {
    return join(this.#root, 'sha256', digest.slice(0, 2), digest);
  }

  #nextTemporaryName(): string {
    temporaryCount += 1;
    return `${this.#identity}.${temporaryCount}`;
  }

  async #statOf(digest: Sha256Digest): Promise<Stats | undefined> {
    return statOf(this.#pathOf(digest));
  }

  async #put(
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignalLike | undefined,
  ): Promise<BlobRef> {
    const temporary = join(this.#temporaryDir, this.#nextTemporaryName());
    try {
      const written = await writeFileOnce(chunks, { path: temporary, sync: true, signal });
      const ref = { ...written, location: '' };
      if (!(await this.renew(ref))) await this.#publish(temporary, ref);
      return ref;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** A path in this store's file system for bytes on their way to {@link adopt}. */
  temporaryPath(): string {
    return join(this.#temporaryDir, this.#nextTemporaryName());
  }

  /**
   * Takes over a file at a {@link temporaryPath} whose bytes somebody verified. After a power cut it may be damaged;
   * reads see that.
   */
  async adopt(temporary: string, ref: BlobRef): Promise<void> {
    await guarded(`store blob ${ref.digest}`, undefined, async () => {
      const path = this.#pathOf(ref.digest);
      await mkdir(dirname(path), { recursive: true });
      await chmod(temporary, BLOB_MODE);
      await rename(temporary, path);
      await this.#trust(ref.digest);
    });
  }

  /** All blobs, in no order; sizes are those of the files, `usedAtMs` when each was last stored or renewed. */
  async *stored(): AsyncIterable<StoredBlob> {
    const folder = join(this.#root, 'sha256');
    for (const prefix of await readdir(folder)) {
      // What can't be looked at, or is gone meanwhile, isn't listed.
      for (const name of await readdir(join(folder, prefix)).catch(() => [])) {
        const found = await stat(join(folder, prefix, name)).catch(() => undefined);
        if (found === undefined || !isSha256Digest(name)) continue;
        const ref = { digest: name, sizeBytes: found.size, location: '' };
        yield { ref, usedAtMs: found.mtimeMs };
      }
    }
  }

  /** True when the blob is there already; its age starts anew. A file of another size is no blob. */
  async renew(ref: BlobRef): Promise<boolean> {
    const found = await this.#statOf(ref.digest);
    if (found?.size !== ref.sizeBytes) return false;
    const now = new Date();
    try {
      await utimes(this.#pathOf(ref.digest), now, now);
    } catch (error) {
      const errno = systemErrorCode(error);
      if (errno === 'ENOENT') return false;
      // Somebody else's file in a shared store: only its owner may renew it.
      if (errno !== 'EPERM' && errno !== 'EACCES') throw error;
    }
    if (this.#trusted.get(ref.digest) === fileIdentity(found)) await this.#trust(ref.digest);
    return true;
  }

  async #publish(temporary: string, ref: BlobRef): Promise<void> {
    const path = this.#pathOf(ref.digest);
    const made = await mkdir(dirname(path), { recursive: true });
    await chmod(temporary, BLOB_MODE);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
    if (made !== undefined) await syncDirectory(dirname(made));
    await this.#trust(ref.digest);
  }

  /** False where the file system can't link: the caller copies. */
  async #link(ref: BlobRef, path: string): Promise<boolean> {
    await this.#verify(ref);
    try {
      await link(this.#pathOf(ref.digest), path);
      return true;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') throw error;
      return false;
    }
  }

  async #copy(ref: BlobRef, path: string, signal: AbortSignalLike | undefined): Promise<void> {
    const source = await open(this.#pathOf(ref.digest), 'r').catch((error: unknown) => {
      throw systemErrorCode(error) === 'ENOENT' ? missingBlob(ref) : error;
    });
    try {
      const written = await writeFileOnce(chunksOf(source), { path, sync: false, signal });
      if (!isSame(written, ref)) throw await this.#mismatch(ref);
    } finally {
      await source.close();
    }
  }

  /** Reads the blob unless this process has read or written the very same file before. */
  async #verify(ref: BlobRef): Promise<void> {
    const found = await this.#statOf(ref.digest);
    if (found === undefined) throw missingBlob(ref);
    if (found.size === ref.sizeBytes && this.#trusted.get(ref.digest) === fileIdentity(found))
      return;
    if (!isSame(await digestOfFile(this.#pathOf(ref.digest)), ref)) throw await this.#mismatch(ref);
    await this.#trust(ref.digest);
  }

  async #trust(digest: Sha256Digest): Promise<void> {
    const found = await this.#statOf(digest);
    if (found === undefined) return;
    const [oldest] = this.#trusted.keys();
    if (this.#trusted.size >= TRUSTED_BLOBS_MAX && oldest !== undefined)
      this.#trusted.delete(oldest);
    this.#trusted.set(digest, fileIdentity(found));
  }

  /** Removes the blob if its bytes are wrong (and not only the reference's size). */
  async #mismatch(ref: BlobRef): Promise<StageyardError> {
    const path = this.#pathOf(ref.digest);
    this.#trusted.delete(ref.digest);
    if ((await digestOfFile(path)).digest !== ref.digest) await rm(path, { force: true });
    const text = `blob ${ref.digest} in ${this.#root} is damaged: its bytes have another digest or length`;
    return new StageyardError('BLOB_DIGEST_MISMATCH', text, { context: { digest: ref.digest } });
  }

  async #removeStaleTemporaries(): Promise<void> {
    for (const name of await readdir(this.#temporaryDir)) {
      const path = join(this.#temporaryDir, name);
      const identity = name.slice(0, name.lastIndexOf('.'));
      if (isKnownDead(identity) || (await isOld(path))) await rm(path, { force: true });
    }
  }
}

function isSame(found: DigestAndSize, ref: BlobRef): boolean {
  return found.digest === ref.digest && found.sizeBytes === ref.sizeBytes;
}

/** Changes whenever the bytes may have changed; a new link leaves it as it is. */
function fileIdentity({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev}:${ino}:${size}:${mtimeMs}`;
}

/** Undefined for what isn't there. */
async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

async function isOld(path: string): Promise<boolean> {
  const found = await statOf(path);
  return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_TEMPORARY_AGE_MS;
}
