/** Where things are in a store. Paths below the store's root; see docs/architecture.md. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { UserDirectory } from './user-directory.ts';

/**
 * The local store of a user who names none: `STAGEYARD_STORE`, else below the user's cache directory. Where the
 * variable names a bucket, that holds what is shared; caches and journals still need a directory.
 */
export function storePathOf(environment: Readonly<Record<string, string | undefined>>): string {
  const cacheHome =
    environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache');
  const named = environment['STAGEYARD_STORE'] ?? '';
  const isDirectory = named !== '' && !named.startsWith('s3://');
  return resolve(isDirectory ? named.replace(/^dir:/, '') : join(cacheHome, 'stageyard'));
}

/** What is said about a store that can't be written. */
export const storeDirectory = (path: string): UserDirectory => ({
  path,
  what: 'the store',
  flag: '--store',
  code: 'STORE_UNWRITABLE',
});

/** Absolute paths of a store's parts. */
export interface StoreLayout {
  /** Content by digest. */
  readonly blobs: string;
  /** Blobs of a bucket that were fetched. */
  readonly blobCache: string;
  /** Exact key → result; shared by all processes. */
  readonly results: string;
  /** One directory a run, with its journal. */
  readonly runs: string;
  /** Unpacked packages, channel indexes, remembered solves. */
  readonly environments: string;
  /** Verified source archives. */
  readonly sources: string;
  /** What was sent to farms: references by digest. */
  readonly uploads: string;
  /** Unfinished uploads to buckets. */
  readonly s3Uploads: string;
  /** Text of our own log. */
  readonly log: string;
}

/** The layout below `root`. */
export function storeLayout(root: string): StoreLayout {
  return {
    blobs: join(root, 'blobs'),
    blobCache: join(root, 'blob-cache'),
    results: join(root, 'results.sqlite'),
    runs: join(root, 'runs'),
    environments: join(root, 'environments'),
    sources: join(root, 'sources'),
    uploads: join(root, 'uploads'),
    s3Uploads: join(root, 's3-uploads'),
    log: join(root, 'stageyard.log'),
  };
}
