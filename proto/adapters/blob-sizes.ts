/** What may go through memory on its way to and from a blob store. A larger blob is no failure of the store's. */
import type { BlobRef } from '../digest.ts';
import { StageyardError } from '../errors.ts';

/** Of `putBytes`: one single write. */
export const PUT_BYTES_MAX = 16 * 1024 * 1024;

/** Throws `BLOB_TOO_LARGE` for more than one write takes. */
export function refuseLargePut(bytes: Uint8Array): void {
  if (bytes.length <= PUT_BYTES_MAX) return;
  const text = `a blob of ${bytes.length} bytes from memory; at most ${PUT_BYTES_MAX} may be`;
  throw new StageyardError('BLOB_TOO_LARGE', text);
}

/** Throws `BLOB_TOO_LARGE` for more than the reader wants. */
export function refuseLargeGet({ digest, sizeBytes }: BlobRef, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  const text = `blob ${digest} has ${sizeBytes} bytes; at most ${maxBytes} are read here`;
  throw new StageyardError('BLOB_TOO_LARGE', text, { context: { digest } });
}
