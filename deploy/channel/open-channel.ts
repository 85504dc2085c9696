/** The channel that a person names: a directory, or `s3://BUCKET/PREFIX` with keys from the environment. */
import { resolve } from 'node:path';
import type { ChannelPlace } from '#coordinator/channel/channel-place.ts';
import { DirectoryPlace } from '#coordinator/channel/directory-place.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { namedStoreConfig } from '../config/farm-config.ts';
import { makeUserDirectory } from '../user-directory.ts';
import { S3ChannelPlace } from './s3-place.ts';

/** What it is opened with. */
export interface ChannelSurroundings {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where packages come from. */
  readonly store: BlobStore;
  readonly signal: AbortSignal;
  /** One line for people. */
  readonly say: (line: string) => void;
}

/** An open channel. */
export interface OpenChannel {
  readonly place: ChannelPlace;
  readonly close: () => void;
}

/** Rejects with `CONFIG_INVALID`, `OUTPUT_UNWRITABLE` or `DISK_FULL`. */
export async function openChannel(
  named: string,
  { cwd, environment, store, signal, say }: ChannelSurroundings,
): Promise<OpenChannel> {
  if (!named.includes('://')) {
    const channelDir = resolve(cwd, named.replace(/^dir:/, ''));
    const directory = { path: channelDir, what: 'the channel', flag: '--to' };
    await makeUserDirectory({ ...directory, code: 'OUTPUT_UNWRITABLE' });
    const place = new DirectoryPlace({ channelDir, store, clock: systemClock, signal });
    return { place, close: () => undefined };
  }
  if (!named.startsWith('s3://')) {
    const text = `--to ${named}: packages can be promoted to a directory or to s3://BUCKET/PREFIX`;
    throw new StageyardError('USAGE_INVALID', text);
  }
  const config = namedStoreConfig(named, environment);
  if (config.kind !== 's3') throw new StageyardError('USAGE_INVALID', `--to ${named}: no bucket`);
  const place = new S3ChannelPlace({ ...config, store, signal, say });
  return { place, close: () => place.close() };
}
