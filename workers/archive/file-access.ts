/** Random access to a file on disk, bounded by its size when it was opened. */
import { open } from 'node:fs/promises';
import { StageyardError, errorCodeOf, wrapError } from '#proto/errors.ts';
import type { RandomAccess } from './zip-reader.ts';

/** An open file; close it. */
export interface FileAccess extends RandomAccess {
  close(): Promise<void>;
}

/** Opens a package file. Rejects with `PACKAGE_INVALID` when it can't be read. */
export async function openFileAccess(path: string): Promise<FileAccess> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw wrapError(error, `while opening ${path}`, errorCodeOf(error, 'PACKAGE_INVALID'));
  });
  const { size } = await handle.stat();
  return {
    sizeBytes: size,
    async readAt(offset, length) {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw new StageyardError('PACKAGE_INVALID', `${path} is truncated`);
        filled += bytesRead;
      }
      return buffer;
    },
    close: () => handle.close(),
  };
}
