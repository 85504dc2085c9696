/** Files that must survive a power cut, or must not: written in one pass together with their digest. */
import { type FileHandle, open } from 'node:fs/promises';
import type { AbortSignalLike } from '../ports/clock.ts';
import { type DigestAndSize, digestOfChunks } from './hashing.ts';

/** Size of one read of a source file. */
const READ_BYTES = 128 * 1024;

/** Settings of {@link writeFileOnce}. */
interface WriteOptions {
  /** Must not exist. */
  readonly path: string;
  /** On disk before it resolves. */
  readonly sync: boolean;
  readonly signal?: AbortSignalLike | undefined;
}

/** Writes a new file and answers digest and size of what was written. */
export async function writeFileOnce(
  chunks: AsyncIterable<Uint8Array>,
  { path, sync, signal }: WriteOptions,
): Promise<DigestAndSize> {
  const file = await open(path, 'wx');
  try {
    const written = await digestOfChunks(chunks, signal, (chunk) => file.writeFile(chunk));
    if (sync) await file.datasync();
    return written;
  } finally {
    await file.close();
  }
}

/** The file's bytes in pieces; the handle stays the caller's to close. */
export function chunksOf(file: FileHandle): AsyncIterable<Uint8Array> {
  return file.createReadStream({ highWaterMark: READ_BYTES, autoClose: false, start: 0 });
}

/** One piece, as a stream. */
export async function* singleChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Makes renames and new names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
