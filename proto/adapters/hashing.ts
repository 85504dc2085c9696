/** SHA-256 of bytes, files and streams: where digests come from. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type Sha256Digest, sha256Digest } from '../digest.ts';
import type { AbortSignalLike } from '../ports/clock.ts';

/** Size of one read; larger reads are not faster. */
const READ_BYTES = 128 * 1024;

/** A digest with the length of what it was made of. */
export interface DigestAndSize {
  readonly digest: Sha256Digest;
  readonly sizeBytes: number;
}

/** SHA-256 of bytes in memory. */
export function digestOfBytes(bytes: Uint8Array | string): Sha256Digest {
  return sha256Digest(createHash('sha256').update(bytes).digest('hex'));
}

/** Streams the file once; memory stays at one read. Rejects with the system's error. */
export async function digestOfFile(path: string, signal?: AbortSignalLike): Promise<DigestAndSize> {
  return digestOfChunks(createReadStream(path, { highWaterMark: READ_BYTES }), signal);
}

/** Digest of everything that `chunks` yields; `onChunk` sees each piece (to write it elsewhere). */
export async function digestOfChunks(
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignalLike,
  onChunk?: (chunk: Uint8Array) => Promise<void>,
): Promise<DigestAndSize> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    if (signal?.aborted) throw signal.reason;
    hash.update(chunk);
    sizeBytes += chunk.length;
    await onChunk?.(chunk);
  }
  return { digest: sha256Digest(hash.digest('hex')), sizeBytes };
}
