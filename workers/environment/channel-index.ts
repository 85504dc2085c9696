/**
 * All channels of one environment in order of priority: the run's own packages first, then the
 * user's channels, directories and servers alike.
 */
import { createHash } from 'node:crypto';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { ChannelRef, RunArtifact } from '#proto/task-spec.ts';
import { BundledChannels } from './bundled-channel.ts';
import type { HttpTransfer } from './http-transfer.ts';
import { LocalChannels } from './local-channel.ts';
import { redactUrl } from './redacted-url.ts';
import { type ReadContext, RemoteChannels } from './remote-channel.ts';
import { SUBDIR_PATTERN } from './repodata-record.ts';
import { settleAll } from './shared-work.ts';
import type { ChannelSource } from './solver-protocol.ts';

/** Name of the channel that holds what this run has built. */
const RUN_CHANNEL_NAME = 'this run';

/** What to read. */
export interface ChannelsWanted extends ReadContext {
  readonly channels: readonly ChannelRef[];
  /** Packages of this run; they go before everything else. */
  readonly artifacts: readonly RunArtifact[];
  readonly platform: string;
}

/** Reads the indexes that a solve is put to. */
export interface ChannelIndex {
  /** Rejects with `CHANNEL_INVALID`, `CHANNEL_UNREACHABLE`, `CANCELLED`. */
  read(wanted: ChannelsWanted): Promise<readonly ChannelSource[]>;
  /** An index of these channels could not be used: stored copies are dropped. */
  forget(wanted: ChannelsWanted): Promise<void>;
  /** Where the bytes of a package of a channel are that travelled with a submission and was read before. */
  readonly blobOf: (record: RepodataRecord) => BlobRef | undefined;
}

/** Options of {@link createChannelIndex}. */
export interface ChannelIndexOptions {
  readonly cacheDir: string;
  readonly transfer: HttpTransfer;
  /** For channels that travelled with a submission. */
  readonly blobs?: BlobStore;
  /** Age up to which a server isn't asked again; default five minutes. */
  readonly freshMs?: number;
}

function runChannel(artifacts: readonly RunArtifact[], subdirs: readonly string[]): ChannelSource {
  const sources = subdirs.map((subdir) => {
    const records: readonly RepodataRecord[] = artifacts
      .map((artifact) => artifact.record)
      .filter((record) => record.subdir === subdir)
      .sort((a, b) => (a.fn < b.fn ? -1 : 1));
    const digest = createHash('sha256').update(JSON.stringify(records)).digest('hex');
    return { kind: 'records', subdir, digest, records } as const;
  });
  return { name: RUN_CHANNEL_NAME, url: 'run:', subdirs: sources, isOwn: true };
}

function isRemote(channel: ChannelRef): boolean {
  if (channel.bundle !== undefined) return false;
  if (/^(?:https?|s3):\/\//.test(channel.url)) return true;
  if (channel.url.startsWith('file:')) return false;
  throw new StageyardError(
    'CHANNEL_INVALID',
    `channel ${redactUrl(channel.url)}: only http, https, s3 and file URLs are channels`,
  );
}

/** An index reader; keep one per process, it remembers what it read. */
export function createChannelIndex(options: ChannelIndexOptions): ChannelIndex {
  const local = new LocalChannels();
  const remote = new RemoteChannels(options);
  const bundled = options.blobs === undefined ? undefined : new BundledChannels(options.blobs);
  const readOne = (
    channel: ChannelRef,
    subdirs: readonly string[],
    wanted: ChannelsWanted,
  ): Promise<ChannelSource> => {
    const { bundle } = channel;
    if (isRemote(channel)) return remote.read(channel, subdirs, wanted);
    if (bundle === undefined || bundled === undefined) return local.read(channel, subdirs);
    return bundled.read(channel, bundle, subdirs);
  };
  const subdirsOf = (platform: string): readonly string[] => {
    if (!SUBDIR_PATTERN.test(platform))
      throw new StageyardError('CHANNEL_INVALID', `${JSON.stringify(platform)} is not a platform`);
    return platform === 'noarch' ? ['noarch'] : [platform, 'noarch'];
  };
  return {
    blobOf: (record) => bundled?.blobOf(record),
    async read(wanted) {
      const subdirs = subdirsOf(wanted.platform);
      const channels = await settleAll(
        wanted.channels.map((channel) => readOne(channel, subdirs, wanted)),
      );
      return wanted.artifacts.length === 0
        ? channels
        : [runChannel(wanted.artifacts, subdirs), ...channels];
    },
    async forget(wanted) {
      for (const channel of wanted.channels.filter(isRemote)) {
        for (const subdir of subdirsOf(wanted.platform)) await remote.forget(channel, subdir);
      }
    },
  };
}
