/** Files of a `DirectoryBlobStore`, behind its back. */
import { chmod, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobRef } from '#proto/digest.ts';

/** Where the store at `root` has a blob. */
export function blobPath(root: string, { digest }: BlobRef): string {
  return join(root, 'sha256', digest.slice(0, 2), digest);
}

/** What a disk may do to the blobs of the store at `root`. */
export function diskFaults(root: string) {
  const writable = async (ref: BlobRef): Promise<string> => {
    const path = blobPath(root, ref);
    await chmod(path, 0o600);
    return path;
  };
  return {
    /** Another first byte. */
    async damage(ref: BlobRef): Promise<void> {
      const path = await writable(ref);
      const bytes = await readFile(path);
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      await writeFile(path, bytes);
    },
    /** The first half is left. */
    async truncate(ref: BlobRef): Promise<void> {
      await truncate(await writable(ref), Math.floor(ref.sizeBytes / 2));
    },
  };
}
