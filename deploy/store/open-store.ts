/** The store that a configuration names: blobs, and the index of results that all who use it share. */
import { SqliteResultIndex } from '#proto/adapters/sqlite-result-index.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { ResultIndex } from '#proto/ports/result-index.ts';
import type { StoreConfig } from '../config/farm-config.ts';
import type { Patience } from '../patience.ts';
import { storeLayout } from '../store-layout.ts';
import { openBlobs } from './open-blobs.ts';

/** An open store. */
export interface Store {
  readonly blobs: BlobStore;
  readonly results: ResultIndex;
  close(): Promise<void>;
}

/** Opens it. Rejects as {@link openBlobs}. */
export async function openStore(config: StoreConfig, patience: Patience): Promise<Store> {
  const blobs = await openBlobs(config, patience);
  if (config.kind === 's3') throw new StageyardError('CONFIG_INVALID', 'not yet');
  const path = storeLayout(config.path).results;
  const results = await SqliteResultIndex.open({ path, clock: systemClock });
  return { blobs, results, close: () => results.close() };
}
