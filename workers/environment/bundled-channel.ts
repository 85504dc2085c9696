/**
 * Channels that came with a submission: their packages are blobs. The document of a channel is read once; where a
 * package's bytes are is remembered for those who install it.
 */
import { createHash } from 'node:crypto';
import { CHANNEL_BUNDLE_BYTES_MAX, readChannelBundle } from '#proto/channel-bundle.ts';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import { decodePackageRecord, isObject, parsePackageFileName } from './repodata-record.ts';
import type { ChannelSource } from './solver-protocol.ts';

/** Channels in memory; the one that was not used for longest goes first. */
const KEPT_CHANNELS_MAX = 32;

interface LoadedChannel {
  readonly records: readonly RepodataRecord[];
  /** By URL and digest. */
  readonly blobs: ReadonlyMap<string, BlobRef>;
}

/** See the file's head. Keep one per process. */
export class BundledChannels {
  readonly #blobs: BlobStore;
  readonly #loaded = new Map<string, Promise<LoadedChannel>>();
  readonly #kept = new Map<string, LoadedChannel>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** Rejects with `BLOB_*`, `MESSAGE_INVALID` or `CHANNEL_INVALID`. */
  async read(
    channel: ChannelRef,
    bundle: BlobRef,
    subdirs: readonly string[],
  ): Promise<ChannelSource> {
    const { records } = await this.#load(channel, bundle);
    const sources = subdirs.map((subdir) => {
      const own = records.filter((record) => record.subdir === subdir);
      const digest = createHash('sha256').update(`${bundle.digest} ${subdir}`).digest('hex');
      return { kind: 'records', subdir, digest, records: own } as const;
    });
    return { name: channel.name, url: channel.url, subdirs: sources };
  }

  /** Where the bytes of a package of a channel are that was read before. */
  readonly blobOf = (record: RepodataRecord): BlobRef | undefined => {
    const key = packageKey(record);
    for (const { blobs } of this.#kept.values()) {
      const blob = blobs.get(key);
      if (blob !== undefined) return blob;
    }
    return undefined;
  };

  async #load(channel: ChannelRef, bundle: BlobRef): Promise<LoadedChannel> {
    const key = `${bundle.digest} ${channel.url}`;
    const loading = this.#loaded.get(key) ?? this.#fetch(channel, bundle);
    this.#loaded.delete(key);
    this.#loaded.set(key, loading);
    try {
      this.#kept.set(key, await loading);
      this.#forgetOld();
      return await loading;
    } catch (error) {
      this.#loaded.delete(key);
      throw error;
    }
  }

  async #fetch(channel: ChannelRef, bundle: BlobRef): Promise<LoadedChannel> {
    const bytes = await this.#blobs.getBytes(bundle, CHANNEL_BUNDLE_BYTES_MAX);
    const blobs = new Map<string, BlobRef>();
    const records = readChannelBundle(new TextDecoder().decode(bytes)).map(
      ({ record: raw, blob }) => {
        const record = checkedRecord(raw, channel);
        // Packages are cached by their digest for everybody: nobody may pass one off as another.
        if (blob !== undefined && record.sha256 !== blob.digest)
          throw wrong(channel, `${record.fn} has other bytes than its record says`);
        if (blob !== undefined) blobs.set(packageKey(record), blob);
        else if (!/^https?:\/\//.test(record.url))
          throw wrong(channel, `${record.fn} has no bytes`);
        return record;
      },
    );
    return { records, blobs };
  }

  #forgetOld(): void {
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_CHANNELS_MAX) return;
      this.#kept.delete(key);
      this.#loaded.delete(key);
    }
  }
}

function packageKey({ url, sha256 }: RepodataRecord): string {
  return `${url} ${sha256 ?? ''}`;
}

function checkedRecord(raw: unknown, channel: ChannelRef): RepodataRecord {
  const { fn, url, channel: from } = isObject(raw) ? raw : {};
  if (typeof fn !== 'string' || typeof url !== 'string' || typeof from !== 'string') {
    throw wrong(channel, 'a package has no place');
  }
  const record = decodePackageRecord(raw, {
    where: `channel ${channel.name}: ${fn.slice(0, 200)}`,
  });
  if (parsePackageFileName(fn)?.name !== record.name) {
    throw wrong(channel, `${fn.slice(0, 200)} calls itself ${record.name}`);
  }
  return { ...record, fn, url, channel: from };
}

function wrong(channel: ChannelRef, why: string): StageyardError {
  return new StageyardError(
    'CHANNEL_INVALID',
    `channel ${channel.name}, as it was sent along: ${why}`,
  );
}
