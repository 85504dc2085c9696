/**
 * What this machine has sent to a farm before: `<directory>/<digest>` holds the reference that was answered. A
 * channel that travels with every build is sent once. Only a hint: whether the farm still has a blob is asked.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobRef, isSha256Digest, type Sha256Digest } from '#proto/digest.ts';
import { blobRefMember, parseJsonObject } from '#proto/json-shape.ts';

/** Smaller files are sent as fast as they are asked for. */
const SIZE_BYTES_MIN = 64 * 1024;
/** Older references are forgotten. */
const AGE_MS_MAX = 90 * 24 * 60 * 60 * 1000;
/** Looked at when it is opened; more than these stay until the next time. */
const PRUNED_MAX = 10_000;

/** See the file's head. Whatever goes wrong here, the file is sent. */
export class UploadMemory {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** `root` is a directory of this machine's store; each farm has its own part of it. */
  static async open(root: string, farm: string, nowMs: number): Promise<UploadMemory> {
    const name = createHash('sha256').update(farm).digest('hex').slice(0, 16);
    const memory = new UploadMemory(join(root, name));
    await memory.#forgetOld(nowMs).catch(() => undefined);
    return memory;
  }

  /** The reference that was answered for these bytes. */
  async recall(digest: Sha256Digest, sizeBytes: number): Promise<BlobRef | undefined> {
    if (sizeBytes < SIZE_BYTES_MIN) return undefined;
    try {
      const text = await readFile(join(this.#directory, digest), 'utf8');
      const ref = blobRefMember(parseJsonObject(text, 'remembered upload'), 'blob');
      return ref.digest === digest && ref.sizeBytes === sizeBytes ? ref : undefined;
    } catch {
      // Not remembered, or not readable: it is sent again.
      return undefined;
    }
  }

  /** Remembers a reference. */
  async remember(blob: BlobRef): Promise<void> {
    if (blob.sizeBytes < SIZE_BYTES_MIN) return;
    try {
      await mkdir(this.#directory, { recursive: true });
      await writeFile(join(this.#directory, blob.digest), JSON.stringify({ blob }));
    } catch {
      // A full disk costs the next upload, not this one.
      return;
    }
  }

  async #forgetOld(nowMs: number): Promise<void> {
    const names = (await readdir(this.#directory)).filter(isSha256Digest);
    for (const name of names.slice(0, PRUNED_MAX)) {
      const path = join(this.#directory, name);
      const { mtimeMs } = await stat(path);
      if (nowMs - mtimeMs > AGE_MS_MAX) await rm(path, { force: true });
    }
  }
}
