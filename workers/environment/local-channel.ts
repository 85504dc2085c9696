/**
 * Channels that are directories: the `repodata.json` of each subdir, or, where there is none, what
 * the packages themselves say. Read anew for every environment, since builds publish into them;
 * what was read is remembered by size and time of the files.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import { decodePackageRecord, parsePackageFileName } from './repodata-record.ts';
import type { ChannelSource, SubdirSource } from './solver-protocol.ts';

/** More package files than this belong into an indexed channel. */
const UNINDEXED_PACKAGES_MAX = 10_000;

interface Remembered<T> {
  readonly stamp: string;
  readonly value: T;
}

/** Remembers what was computed of a file until the file changes. */
class FileMemory<T> {
  readonly #known = new Map<string, Remembered<T>>();

  async get(path: string, compute: () => Promise<T>): Promise<T> {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    const stamp = `${size} ${mtimeNs} ${ino}`;
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.value;
    const value = await compute();
    this.#known.set(path, { stamp, value });
    return value;
  }
}

interface FileSums {
  readonly sha256: string;
  readonly md5: string;
  readonly sizeBytes: number;
}

async function sumsOf(path: string): Promise<FileSums> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    if (!Buffer.isBuffer(chunk)) continue;
    sha256.update(chunk);
    md5.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex'), sizeBytes };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return false;
    throw wrapError(error, `while reading channel file ${path}`, 'CHANNEL_UNREACHABLE');
  }
}

/** Reads directory channels; keep one per process, it remembers. */
export class LocalChannels {
  readonly #digests = new FileMemory<string>();
  readonly #records = new FileMemory<RepodataRecord>();

  /**
   * The indexes of the channel's subdirs. Rejects with `CHANNEL_INVALID` when the directory is
   * missing or holds what is no package, `CHANNEL_UNREACHABLE` when it can't be read.
   */
  async read(channel: ChannelRef, subdirs: readonly string[]): Promise<ChannelSource> {
    const directory = directoryOf(channel);
    const found: SubdirSource[] = [];
    for (const subdir of subdirs) {
      const source = await this.#readSubdir(channel, join(directory, subdir), subdir);
      if (source !== null) found.push(source);
    }
    if (found.length === 0) await checkDirectory(channel, directory);
    return { name: channel.name, url: channel.url, subdirs: found };
  }

  async #readSubdir(
    channel: ChannelRef,
    directory: string,
    subdir: string,
  ): Promise<SubdirSource | null> {
    for (const [name, compression] of [
      ['repodata.json', 'none'],
      ['repodata.json.zst', 'zstd'],
    ] as const) {
      const path = join(directory, name);
      if (!(await isFile(path))) continue;
      const digest = await this.#digests.get(path, async () => (await sumsOf(path)).sha256);
      return { kind: 'file', subdir, digest, path, compression };
    }
    const records = await this.#scan(channel, directory, subdir);
    if (records === null) return null;
    const digest = createHash('sha256').update(JSON.stringify(records)).digest('hex');
    return { kind: 'records', subdir, digest, records };
  }

  async #scan(
    channel: ChannelRef,
    directory: string,
    subdir: string,
  ): Promise<RepodataRecord[] | null> {
    let names: string[];
    try {
      names = await readdir(directory);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return null;
      throw wrapError(error, `while listing channel directory ${directory}`, 'CHANNEL_UNREACHABLE');
    }
    const packages = names.filter((name) => parsePackageFileName(name) !== null).sort();
    if (packages.length > UNINDEXED_PACKAGES_MAX) {
      throw new StageyardError(
        'CHANNEL_INVALID',
        `${directory} holds ${packages.length} packages and no repodata.json: index it first`,
      );
    }
    const records: RepodataRecord[] = [];
    for (const fn of packages) {
      const path = join(directory, fn);
      records.push(
        await this.#records.get(path, () =>
          readPackageRecord({ path, fn, subdir, channelUrl: channel.url }),
        ),
      );
    }
    return records;
  }
}

function directoryOf(channel: ChannelRef): string {
  try {
    return fileURLToPath(channel.url);
  } catch (error) {
    throw wrapError(
      error,
      `channel ${channel.url} is not the URL of a directory`,
      'CHANNEL_INVALID',
    );
  }
}

async function checkDirectory(channel: ChannelRef, directory: string): Promise<void> {
  try {
    if ((await stat(directory)).isDirectory()) return;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') {
      throw wrapError(error, `while reading channel directory ${directory}`, 'CHANNEL_UNREACHABLE');
    }
    throw new StageyardError(
      'CHANNEL_INVALID',
      `channel ${channel.name}: the directory ${directory} does not exist`,
    );
  }
  throw new StageyardError(
    'CHANNEL_INVALID',
    `channel ${channel.name}: ${directory} is not a directory`,
  );
}

/** Where a package lies that speaks for itself. */
interface UnindexedPackage {
  readonly path: string;
  readonly fn: string;
  readonly subdir: string;
  readonly channelUrl: string;
}

async function readPackageRecord(place: UnindexedPackage): Promise<RepodataRecord> {
  const sums = await sumsOf(place.path);
  const archive = await openCondaArchive(place.path);
  let text: Buffer | undefined;
  try {
    text = await archive.readInfoFile('index.json');
  } finally {
    await archive.close();
  }
  if (text === undefined)
    throw new StageyardError('PACKAGE_INVALID', `${place.path} has no info/index.json`);
  let raw: unknown;
  try {
    raw = JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw wrapError(error, `${place.path}: info/index.json is not JSON`, 'PACKAGE_INVALID');
  }
  const record = decodePackageRecord(raw, {
    where: `${place.path}: info/index.json`,
    subdir: place.subdir,
  });
  const named = parsePackageFileName(place.fn);
  if (
    named?.name !== record.name ||
    named.version !== record.version ||
    named.build !== record.build
  ) {
    throw new StageyardError(
      'CHANNEL_INVALID',
      `${place.path} calls itself ${record.name}-${record.version}-${record.build}: rename or remove it`,
    );
  }
  return {
    ...record,
    sha256: sums.sha256,
    md5: sums.md5,
    size: sums.sizeBytes,
    fn: place.fn,
    url: `${place.channelUrl}/${place.subdir}/${place.fn}`,
    channel: place.channelUrl,
  };
}
