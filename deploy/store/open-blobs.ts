/** The blob store that a configuration names. */
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { S3BlobStore } from '#proto/adapters/s3-blob-store.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { StoreConfig } from '../config/farm-config.ts';
import { type Patience, untilThere } from '../patience.ts';
import { storeLayout } from '../store-layout.ts';

/**
 * Opens it, waiting for an S3 server that doesn't answer. Rejects with `CONFIG_INVALID` (credentials, bucket),
 * `STORE_UNWRITABLE` or `DISK_FULL`.
 */
export async function openBlobs(config: StoreConfig, patience: Patience): Promise<BlobStore> {
  if (config.kind === 'directory') return DirectoryBlobStore.open(storeLayout(config.path).blobs);
  const { kind: _kind, ...options } = config;
  return untilThere(`the S3 store ${config.endpoint}`, () => S3BlobStore.open(options), patience);
}
