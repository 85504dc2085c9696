/**
 * A channel directory as something that travels: each package as a blob, and one document that lists them. Workers
 * fetch the packages that their environments need and no others.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { canonicalJson } from '#proto/canonical-json.ts';
import { type BundledPackage, CHANNEL_BUNDLE_BYTES_MAX } from '#proto/channel-bundle.ts';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { BlobRef } from '#proto/digest.ts';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import { LocalChannels } from '#workers/environment/local-channel.ts';
import { indexRepodata } from '#workers/environment/repodata-index.ts';
import type { SubdirSource } from '#workers/environment/solver-protocol.ts';
import type { BundleTarget } from './bundle-tree.ts';

/** Packages stored at a time. */
const PARALLEL_PUTS = 8;
/** A larger index is none of a directory that travels. */
const INDEX_BYTES_MAX = 256 * 1024 * 1024;

/** What to bundle, and where to. */
export interface ChannelBundleTarget extends Pick<BundleTarget, 'store' | 'owner'> {
  /** Subdirs; `noarch` is always among them. */
  readonly platforms: readonly string[];
}

/**
 * Stores the channel. Rejects with `CHANNEL_INVALID` for an index that can't be used or lists what isn't there, and
 * as the store does.
 */
export async function bundleChannel(
  channel: ChannelRef,
  { platforms, store, owner }: ChannelBundleTarget,
): Promise<{ readonly bundle: BlobRef; readonly packageCount: number }> {
  const subdirs = [...new Set([...platforms, 'noarch'])].toSorted();
  const source = await new LocalChannels().read(channel, subdirs);
  const records = (
    await Promise.all(source.subdirs.map((subdir) => recordsOf(channel, subdir)))
  ).flat();
  const packages: BundledPackage[] = [];
  for (let start = 0; start < records.length; start += PARALLEL_PUTS) {
    const batch = records.slice(start, start + PARALLEL_PUTS);
    packages.push(
      ...(await Promise.all(batch.map((record) => storePackage(record, { store, owner })))),
    );
  }
  const bytes = new TextEncoder().encode(canonicalJson({ schema: 1, packages }));
  if (bytes.length > CHANNEL_BUNDLE_BYTES_MAX) {
    const text = `channel ${channel.name} lists ${packages.length} packages: too many to travel; serve it over http`;
    throw new StageyardError('CHANNEL_INVALID', text);
  }
  return { bundle: await store.putBytes(bytes, { owner }), packageCount: packages.length };
}

async function recordsOf(
  channel: ChannelRef,
  source: SubdirSource,
): Promise<readonly RepodataRecord[]> {
  if (source.kind === 'records') return source.records;
  const { path, subdir, compression } = source;
  const bytes = await indexBytes(path, compression);
  const index = indexRepodata({ bytes, subdir, channelUrl: channel.url });
  return index.names.flatMap((name) => index.recordsOf(name));
}

async function indexBytes(path: string, compression: 'none' | 'zstd'): Promise<Buffer> {
  try {
    const stored = await readFile(path);
    if (compression === 'none') return stored;
    return zstdDecompressSync(stored, { maxOutputLength: INDEX_BYTES_MAX });
  } catch (error) {
    throw wrapError(error, `channel index ${path}`, errorCodeOf(error, 'CHANNEL_INVALID'));
  }
}

/** A record that points to a server is left as it is: workers reach it. */
async function storePackage(
  record: RepodataRecord,
  { store, owner }: Pick<BundleTarget, 'store' | 'owner'>,
): Promise<BundledPackage> {
  if (!record.url.startsWith('file:')) return { record };
  const path = fileURLToPath(record.url);
  const blob = await store.putFile(path, { owner }).catch((error: unknown) => {
    if (error instanceof StageyardError && error.code !== 'INTERNAL') throw error;
    throw wrapError(error, `the channel lists ${record.fn}`, 'CHANNEL_INVALID');
  });
  if (record.sha256 !== undefined && record.sha256 !== blob.digest) {
    const text = `${path} has SHA-256 ${blob.digest}, but the channel's index says ${record.sha256}: index it anew`;
    throw new StageyardError('CHANNEL_INVALID', text);
  }
  return { record: { ...record, sha256: blob.digest }, blob };
}
