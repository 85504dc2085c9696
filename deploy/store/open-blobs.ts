/** The blob store that a configuration names. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { FileUploadLedger } from '#proto/adapters/file-upload-ledger.ts';
import { S3BlobStore } from '#proto/adapters/s3-blob-store.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { StoreConfig } from '../config/farm-config.ts';
import { type Patience, untilThere } from '../patience.ts';
import { storeDirectory, storeLayout } from '../store-layout.ts';
import { makeUserDirectory } from '../user-directory.ts';

const FOLDER_DIGITS = 16;

/** How it is opened. */
export interface OpenBlobsOptions extends Patience {
  /** On this machine: where unfinished uploads to buckets are noted. */
  readonly uploadsDir: string;
}

/**
 * Opens it, waiting for an S3 server that doesn't answer, and aborts what killed processes of this machine were
 * uploading. Rejects with `CONFIG_INVALID` (credentials, bucket), `STORE_UNWRITABLE` or `DISK_FULL`.
 */
export async function openBlobs(
  config: StoreConfig,
  options: OpenBlobsOptions,
): Promise<BlobStore> {
  if (config.kind === 'directory') {
    await makeUserDirectory(storeDirectory(config.path));
    return DirectoryBlobStore.open(storeLayout(config.path).blobs);
  }
  const { kind: _kind, ...place } = config;
  const where = `${place.endpoint}/${place.bucket}/${place.prefix}`;
  const folder = createHash('sha256').update(where).digest('hex').slice(0, FOLDER_DIGITS);
  const path = join(options.uploadsDir, folder);
  await makeUserDirectory({
    path,
    what: 'the cache',
    flag: '--cache-dir',
    code: 'STORE_UNWRITABLE',
  });
  const ledger = await FileUploadLedger.open(path);
  const store = await untilThere(
    `the S3 store ${config.endpoint}`,
    () => S3BlobStore.open({ ...place, ledger }),
    options,
  );
  await abortLeftovers(store, ledger);
  return store;
}

/** What can't be aborted now is tried again by the next process. */
async function abortLeftovers(store: S3BlobStore, ledger: FileUploadLedger): Promise<void> {
  try {
    await ledger.clear((upload) => store.abortUpload(upload));
  } catch (error) {
    if (!(error instanceof StageyardError)) throw error;
  }
}
