/**
 * Uploads a finished file. Small ones as one PUT; larger ones as our own multipart upload: parts of 16 MiB,
 * four at a time, each with its MD5 so that the server refuses a damaged one. The bytes are hashed while
 * they are read for upload and compared with the digest under which they are stored, so a file that changes
 * meanwhile becomes no blob. An upload that doesn't end well is aborted; what a killed process leaves is
 * aborted from the ledger by whoever finds it there.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { StageyardError } from '../errors.ts';
import type { BlobRef } from '../digest.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import { PUT_BYTES_MAX } from './blob-errors.ts';
import type { S3Calls } from './s3-calls.ts';
import { s3Code } from './s3-calls.ts';

const PART_SIZE_BYTES = 16 * 1024 * 1024;
/** S3 knows no more. */
const PARTS_MAX = 10_000;
const PARALLEL_PARTS = 4;
/** Who cancelled waits for it; the ledger keeps what takes longer. */
const ABORT_MS_MAX = 10_000;
const DIGEST_HEADER = 'x-amz-meta-sha256';

/** A multipart upload that has begun. */
export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** Where uploads are noted, so that somebody can abort those of a process that died. */
export interface UploadLedger {
  /** Before the first part is sent; the upload waits for it. */
  began(upload: OpenUpload): Promise<void>;
  /** Completed or aborted. */
  ended(upload: OpenUpload): Promise<void>;
}

/** What is uploaded, and where to. */
export interface UploadRequest {
  readonly calls: S3Calls;
  readonly key: string;
  readonly path: string;
  readonly ref: BlobRef;
  readonly ledger: UploadLedger | undefined;
  readonly signal: AbortSignalLike | undefined;
  readonly partSizeBytes?: number | undefined;
  /** Of bytes without a meaning if absent. */
  readonly contentType?: string;
}

/** Uploads; on failure nothing is visible under the key. */
export async function uploadFile(request: UploadRequest): Promise<void> {
  const { ref, path } = request;
  const partSizeBytes = request.partSizeBytes ?? partSizeFor(ref.sizeBytes);
  const file = await open(path, 'r');
  try {
    // Above it the client's own upload is not to be trusted.
    if (ref.sizeBytes <= Math.min(PUT_BYTES_MAX, partSizeBytes)) {
      const reader = new PartReader(file, ref, ref.sizeBytes);
      const bytes = await reader.next();
      reader.checkDigest(path);
      await putBuffer(request, bytes);
    } else {
      await uploadInParts(request, new PartReader(file, ref, partSizeBytes));
    }
  } finally {
    await file.close();
  }
}

/** Stores bytes by one PUT. The client sends, and the server checks, a checksum of its own. */
export async function putBuffer(
  request: Pick<UploadRequest, 'calls' | 'key' | 'ref' | 'signal' | 'contentType'>,
  bytes: Buffer,
): Promise<void> {
  const { calls, key, ref, signal } = request;
  const headers = headersOf(request);
  await calls.call({
    what: `store blob ${ref.digest}`,
    signal,
    sizeBytes: bytes.length,
    run: (client) => client.putObject(calls.bucket, key, bytes, bytes.length, headers),
  });
}

/** Gives an upload up. One that is unknown to the server has ended already. */
export async function abortUpload(calls: S3Calls, { key, uploadId }: OpenUpload): Promise<void> {
  await calls.call({
    what: 'abort an unfinished upload',
    signal: AbortSignal.timeout(ABORT_MS_MAX),
    run: async (client) => {
      try {
        await client.abortMultipartUpload(calls.bucket, key, uploadId);
      } catch (error) {
        if (s3Code(error) !== 'NoSuchUpload') throw error;
      }
    },
  });
}

function headersOf({ ref, contentType }: Pick<UploadRequest, 'ref' | 'contentType'>) {
  return {
    'Content-Type': contentType ?? 'application/octet-stream',
    [DIGEST_HEADER]: ref.digest,
  };
}

function partSizeFor(sizeBytes: number): number {
  return Math.max(PART_SIZE_BYTES, Math.ceil(sizeBytes / PARTS_MAX));
}

async function uploadInParts(request: UploadRequest, reader: PartReader): Promise<void> {
  const { calls, key, ref, signal, ledger } = request;
  const headers = headersOf(request);
  const what = `store blob ${ref.digest}`;
  const uploadId = await calls.call({
    what,
    signal,
    run: (client) => client.initiateNewMultipartUpload(calls.bucket, key, headers),
  });
  const upload = { key, uploadId };
  try {
    await ledger?.began(upload);
    const etags = await sendParts(request, upload, reader);
    reader.checkDigest(request.path);
    await completeUpload(request, upload, etags);
  } catch (error) {
    // Its own failure is what the caller needs to know; one that can't be aborted stays in the ledger.
    await abortUpload(calls, upload)
      .then(() => ledger?.ended(upload))
      .catch(() => undefined);
    throw error;
  }
  await ledger?.ended(upload);
}

interface PartEtag {
  readonly part: number;
  readonly etag: string;
}

/** A completion whose answer was lost is seen by the object that is there. */
async function completeUpload(
  { calls, ref, signal }: UploadRequest,
  { key, uploadId }: OpenUpload,
  etags: readonly PartEtag[],
): Promise<void> {
  await calls.call({
    what: `store blob ${ref.digest}`,
    signal,
    run: async (client) => {
      try {
        await client.completeMultipartUpload(calls.bucket, key, uploadId, [...etags]);
      } catch (error) {
        if (s3Code(error) !== 'NoSuchUpload') throw error;
        const { size } = await client.statObject(calls.bucket, key);
        if (size !== ref.sizeBytes) throw error;
      }
    },
  });
}

/** Parts are read one after the other and sent several at a time; the first failure stops all. */
async function sendParts(
  { calls, ref, signal }: UploadRequest,
  { key, uploadId }: OpenUpload,
  reader: PartReader,
): Promise<PartEtag[]> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const etags: PartEtag[] = [];
  const sendNext = async (): Promise<void> => {
    for (;;) {
      if (stopping.signal.aborted) return;
      const taken = reader.take();
      if (taken === undefined) return;
      const bytes = await taken.bytes;
      const md5 = createHash('md5').update(bytes).digest('base64');
      const headers = { 'Content-Length': bytes.length, 'Content-MD5': md5 };
      const place = { bucketName: calls.bucket, objectName: key, uploadID: uploadId };
      const part = { ...place, partNumber: taken.number, headers };
      const { etag } = await calls.call({
        what: `store part ${taken.number} of blob ${ref.digest}`,
        signal: stopping.signal,
        sizeBytes: bytes.length,
        run: (client) => client.uploadPart(part, bytes),
      });
      etags.push({ part: taken.number, etag });
    }
  };
  try {
    const senders = Array.from({ length: PARALLEL_PARTS }, () =>
      sendNext().catch((error: unknown) => {
        stopping.abort(error);
        throw error;
      }),
    );
    const outcomes = await Promise.allSettled(senders);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw stopping.signal.reason ?? failed.reason;
    if (signal?.aborted) throw new StageyardError('CANCELLED', `storing ${ref.digest}: cancelled`);
    return etags.toSorted((a, b) => a.part - b.part);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Reads a file's parts in order, whoever asks, and hashes them on the way. */
class PartReader {
  readonly #file: FileHandle;
  readonly #ref: BlobRef;
  readonly #partSizeBytes: number;
  readonly #hash = createHash('sha256');
  #offset = 0;
  #count = 0;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(file: FileHandle, ref: BlobRef, partSizeBytes: number) {
    this.#file = file;
    this.#ref = ref;
    this.#partSizeBytes = partSizeBytes;
  }

  /** The next part, undefined after the last. */
  take(): { readonly number: number; readonly bytes: Promise<Buffer> } | undefined {
    if (this.#offset >= this.#ref.sizeBytes) return undefined;
    this.#count += 1;
    return { number: this.#count, bytes: this.next() };
  }

  /** The bytes of the next part; an empty file has one empty part. */
  next(): Promise<Buffer> {
    const position = this.#offset;
    const length = Math.min(this.#partSizeBytes, this.#ref.sizeBytes - position);
    this.#offset += length;
    const bytes = this.#previous.then(() => this.#read(position, length));
    // Who takes these bytes hears of a failure.
    this.#previous = bytes.catch(() => undefined);
    return bytes;
  }

  /** All parts were read: were they the bytes that were hashed before? Throws `BLOB_DIGEST_MISMATCH`. */
  checkDigest(path: string): void {
    if (this.#hash.digest('hex') !== this.#ref.digest) throw changed(path);
  }

  async #read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await this.#file.read(
        bytes,
        filled,
        length - filled,
        position + filled,
      );
      if (bytesRead === 0) throw changed('the file');
      filled += bytesRead;
    }
    this.#hash.update(bytes);
    return bytes;
  }
}

function changed(path: string): StageyardError {
  return new StageyardError('BLOB_STORE_UNAVAILABLE', `${path} changed while it was stored`);
}
