/**
 * A source tree as one blob: an uncompressed, deterministic tar whose digest names the content. Two
 * machines with the same files get the same digest.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobRef } from '#proto/digest.ts';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { BundledTree } from '#proto/task-spec.ts';
import {
  type TarEntry,
  tarSizeBytes,
  type WriteTarOptions,
  writeTar,
} from '#workers/archive/tar-writer.ts';
import { withScratchDirectory } from '../scratch-directory.ts';
import { type ListedEntry, listTree, type TreeQuery } from './tree-listing.ts';

/** Smaller bundles are put from memory: most recipe directories. */
const MEMORY_BYTES_MAX = 4 * 1024 * 1024;

/** Where a bundle goes. */
export interface BundleTarget {
  readonly store: BlobStore;
  /** Names the uploader: run or submission. */
  readonly owner: string;
}

/** A file's content as seen while it was bundled. */
export interface SeenFile {
  readonly path: string;
  readonly digest: string;
  /** One of the words that were searched for is in it. */
  readonly hasWord: boolean;
}

/**
 * Bundles a directory, or a single file under its own name. Rejects with `SOURCE_NOT_FOUND`,
 * `SOURCE_UNSAFE` or as the store does.
 */
export async function bundleTree(query: TreeQuery & BundleTarget): Promise<BundledTree> {
  return bundleEntries(await listTree(query), query);
}

/** Bundles what was listed; `onFileBytes` sees each file's content on its way. */
export async function bundleEntries(
  entries: readonly ListedEntry[],
  target: BundleTarget,
  onFileBytes?: WriteTarOptions['onFileBytes'],
): Promise<BundledTree> {
  const members = entries.map(tarEntry);
  const options = onFileBytes === undefined ? {} : { onFileBytes };
  const isSmall = tarSizeBytes(members) <= MEMORY_BYTES_MAX;
  const blob = await (isSmall ? viaMemory : viaFile)(members, target, options);
  return { blob, digest: blob.digest };
}

function tarEntry(entry: ListedEntry): TarEntry {
  const { path, kind, mode, file, sizeBytes, linkTarget, bytes } = entry;
  const content = bytes === undefined ? { file, sizeBytes } : { bytes };
  return {
    path,
    kind,
    mode,
    mtimeSeconds: 0,
    ...(linkTarget === undefined ? undefined : { linkTarget }),
    ...(kind === 'file' ? { content } : undefined),
  };
}

async function viaMemory(
  members: readonly TarEntry[],
  { store, owner }: BundleTarget,
  options: WriteTarOptions,
): Promise<BlobRef> {
  const chunks: Buffer[] = [];
  await writeTar(members, { write: (chunk) => void chunks.push(Buffer.from(chunk)) }, options);
  return store.putBytes(Buffer.concat(chunks), { owner });
}

async function viaFile(
  members: readonly TarEntry[],
  { store, owner }: BundleTarget,
  options: WriteTarOptions,
): Promise<BlobRef> {
  try {
    return await withScratchDirectory('bundle', async (directory) => {
      const path = join(directory, 'bundle.tar');
      await writeTarFile(members, path, options);
      return store.putFile(path, { owner });
    });
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    throw wrapError(error, 'while bundling sources', errorCodeOf(error, 'STORE_UNWRITABLE'));
  }
}

async function writeTarFile(
  members: readonly TarEntry[],
  path: string,
  options: WriteTarOptions,
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await writeTar(members, { write: (chunk) => file.writeFile(chunk) }, options);
  } finally {
    await file.close();
  }
}

/** Digests files and searches them for a word while they pass by. */
export class FileObserver {
  readonly #word: Buffer;
  readonly #seen: SeenFile[] = [];
  #hash = createHash('sha256');
  /** End of what passed by: the word may lie across two pieces. */
  #tail: Buffer = Buffer.alloc(0);
  #hasWord = false;

  constructor(word: string) {
    this.#word = Buffer.from(word);
  }

  /** In the order of the bundle. */
  get seen(): readonly SeenFile[] {
    return this.#seen;
  }

  /** To be given to {@link bundleEntries}. The digest covers the executable bit too. */
  readonly onFileBytes = (entry: TarEntry, chunk: Buffer, isLast: boolean): void => {
    this.#hash.update(chunk);
    const joined = Buffer.concat([this.#tail, chunk.subarray(0, this.#word.length)]);
    this.#hasWord ||= joined.includes(this.#word) || chunk.includes(this.#word);
    this.#tail = Buffer.from(
      Buffer.concat([this.#tail, chunk.subarray(-this.#word.length)]).subarray(-this.#word.length),
    );
    if (!isLast) return;
    const mode = entry.mode.toString(8);
    this.#seen.push({
      path: entry.path,
      digest: `${mode}:${this.#hash.digest('hex')}`,
      hasWord: this.#hasWord,
    });
    this.#hash = createHash('sha256');
    this.#tail = Buffer.alloc(0);
    this.#hasWord = false;
  };
}
