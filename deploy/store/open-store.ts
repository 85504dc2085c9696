/** The store that a configuration names: blobs, and the index of results that all who use it share. */
import { S3ResultIndex } from '#proto/adapters/s3-result-index.ts';
import { SqliteResultIndex } from '#proto/adapters/sqlite-result-index.ts';
import { monotonicClock, systemClock } from '#proto/adapters/system-clock.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { ResultIndex } from '#proto/ports/result-index.ts';
import type { StoreConfig } from '../config/farm-config.ts';
import { type Patience, untilThere } from '../patience.ts';
import { storeLayout } from '../store-layout.ts';
import { openBlobs, type OpenBlobsOptions } from './open-blobs.ts';

/** An open store. */
export interface Store {
  readonly blobs: BlobStore;
  readonly results: ResultIndex;
  close(): Promise<void>;
}

/** Opens it. Rejects as {@link openBlobs}. */
export async function openStore(config: StoreConfig, options: OpenBlobsOptions): Promise<Store> {
  const blobs = await openBlobs(config, options);
  const results = await openResults(config, options);
  return { blobs, results, close: () => results.close() };
}

async function openResults(config: StoreConfig, patience: Patience): Promise<ResultIndex> {
  if (config.kind === 'directory') {
    const path = storeLayout(config.path).results;
    return SqliteResultIndex.open({ path, clock: systemClock });
  }
  const { kind: _kind, ...place } = config;
  const results = await untilThere(
    `the S3 store ${config.endpoint}`,
    () => S3ResultIndex.open({ ...place, clock: monotonicClock }),
    patience,
  );
  if (!results.isExclusive) {
    patience.say(
      `${config.endpoint} does no conditional writes (If-None-Match): results are shared, but builds that begin at the same moment may make one twice`,
    );
  }
  return results;
}
