/**
 * Digests name content. Everything that stageyard stores is named by the SHA-256 of its bytes;
 * computing one needs I/O and lives in the adapters, the type and its checks live here.
 */
declare const brand: unique symbol;

/** SHA-256 of some bytes: 64 lower-case hex digits. */
export type Sha256Digest = string & { readonly [brand]: 'Sha256Digest' };

const SHA256_HEX = /^[0-9a-f]{64}$/;

/** True for 64 lower-case hex digits. */
export function isSha256Digest(text: string): text is Sha256Digest {
  return SHA256_HEX.test(text);
}

/** Brands 64 lower-case hex digits; throws `RangeError` otherwise. */
export function sha256Digest(text: string): Sha256Digest {
  if (!isSha256Digest(text)) throw new RangeError('not a SHA-256 digest in lower-case hex');
  return text;
}

/**
 * Reference to a blob: what manifests and results hold. `location` is read by the adapter that
 * wrote it and by nobody else (directory store: empty; S3: the key of the uploading attempt).
 */
export interface BlobRef {
  readonly digest: Sha256Digest;
  readonly sizeBytes: number;
  readonly location: string;
}
