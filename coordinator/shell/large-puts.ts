/** Bytes of any size for the store: what is put there from memory is bounded, a file isn't. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobRef } from '#proto/digest.ts';
import { errorCodeOf, wrapError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';

/** Below what any store takes. */
const MEMORY_PUT_BYTES_MAX = 8 * 1024 * 1024;

/** `owner` as in `UploadScope`. Rejects with `BLOB_*`. */
export async function putBytes(
  blobs: BlobStore,
  bytes: Uint8Array,
  owner: string,
): Promise<BlobRef> {
  if (bytes.length <= MEMORY_PUT_BYTES_MAX) return blobs.putBytes(bytes, { owner });
  const directory = await mkdtemp(join(tmpdir(), 'stageyard-put-'));
  try {
    const path = join(directory, 'bytes');
    await writeFile(path, bytes);
    return await blobs.putFile(path, { owner });
  } catch (error) {
    throw wrapError(error, `a file for ${owner}`, errorCodeOf(error, 'BLOB_STORE_UNAVAILABLE'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
