/** Failures of blob stores, by what a caller can do about them. */
import type { BlobRef } from '../digest.ts';
import type { ErrorCode } from '../error-codes.ts';
import { errorCodeOf, StageyardError, systemErrorCode } from '../errors.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import { errorText } from './error-text.ts';

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

/** It isn't there (any more). */
export function missingBlob({ digest }: BlobRef, cause?: unknown): StageyardError {
  const text = `blob ${digest} is not in the store`;
  return new StageyardError('BLOB_MISSING', text, { context: { digest }, cause });
}

/** Runs a step unless it is cancelled; what the system complains of becomes one of ours. `what` completes "cannot …". */
export async function guarded<T>(
  what: string,
  signal: AbortSignalLike | undefined,
  step: () => Promise<T>,
): Promise<T> {
  try {
    if (signal?.aborted) throw signal.reason;
    return await step();
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    if (!signal?.aborted) throw localError(error, what);
    throw new StageyardError('CANCELLED', `cannot ${what}: cancelled`, { cause: error });
  }
}

/** An error of this machine's file system. */
export function localError(error: unknown, what: string): StageyardError {
  const errno = systemErrorCode(error) ?? '';
  const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes(errno);
  const otherwise: ErrorCode = isForbidden ? 'STORE_UNWRITABLE' : 'BLOB_STORE_UNAVAILABLE';
  const code = errorCodeOf(error, otherwise);
  return new StageyardError(code, `cannot ${what}: ${errorText(error)}`, { cause: error });
}
