/** A blob store in memory. Files are read from the real disk, once. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type BlobRef, sha256Digest } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';

/** See the file's head. */
export class FakeBlobStore implements BlobStore {
  readonly blobs = new Map<string, Uint8Array>();

  async putFile(path: string): Promise<BlobRef> {
    return this.putBytes(await readFile(path));
  }

  async putBytes(bytes: Uint8Array): Promise<BlobRef> {
    const digest = sha256Digest(createHash('sha256').update(bytes).digest('hex'));
    this.blobs.set(digest, Uint8Array.from(bytes));
    return { digest, sizeBytes: bytes.length, location: '' };
  }

  async getFile(ref: BlobRef, path: string): Promise<void> {
    await writeFile(path, await this.getBytes(ref, ref.sizeBytes));
  }

  async getBytes(ref: BlobRef, maxBytes: number): Promise<Uint8Array> {
    const bytes = this.blobs.get(ref.digest);
    if (bytes === undefined) throw new StageyardError('BLOB_MISSING', `no blob ${ref.digest}`);
    if (bytes.length > maxBytes) throw new StageyardError('BLOB_TOO_LARGE', 'too large');
    return Uint8Array.from(bytes);
  }

  async has(ref: BlobRef): Promise<boolean> {
    return this.blobs.get(ref.digest)?.length === ref.sizeBytes;
  }

  async delete(ref: BlobRef): Promise<void> {
    this.blobs.delete(ref.digest);
  }
}
