/** Packages and channels as tests need them: real archives, written by our own writer, good ones and bad ones. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import { writeCondaArchive, writeTarBz2Archive } from '#workers/archive/conda-archive.ts';
import type { TarEntry } from '#workers/archive/tar-writer.ts';

/** Content of one path of a package. */
export type PackageFile =
  | string
  | {
      readonly content?: string | Uint8Array;
      readonly mode?: number;
      readonly link?: string;
      readonly prefix?: { readonly placeholder: string; readonly mode: 'text' | 'binary' };
      readonly noLink?: boolean;
    };

/** What a package is made of; the rest is at its default. */
export interface PackageWish {
  readonly name: string;
  readonly version?: string;
  readonly build?: string;
  readonly subdir?: string;
  readonly depends?: readonly string[];
  readonly files?: Readonly<Record<string, PackageFile>>;
  /** More members of `index.json`. */
  readonly index?: Readonly<Record<string, unknown>>;
  /** More files of `info/`, as JSON or as text. */
  readonly info?: Readonly<Record<string, unknown>>;
  /** Replaces the list in `paths.json`; null: no `paths.json`. */
  readonly paths?: readonly unknown[] | null;
  readonly format?: 'conda' | 'tar-bz2';
}

const MTIME_SECONDS = 1_700_000_000;

const hex = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex');

function bytesOf(file: PackageFile): Buffer {
  if (typeof file === 'string') return Buffer.from(file);
  return Buffer.from(file.content ?? '');
}

function tarEntry(path: string, file: PackageFile): TarEntry {
  const common = { path, mtimeSeconds: MTIME_SECONDS };
  if (typeof file !== 'string' && file.link !== undefined) {
    return { ...common, kind: 'symlink', mode: 0o777, linkTarget: file.link };
  }
  const mode = typeof file === 'string' ? 0o644 : (file.mode ?? 0o644);
  return { ...common, kind: 'file', mode, content: { bytes: bytesOf(file) } };
}

function pathsEntry(path: string, file: PackageFile): object {
  const bytes = bytesOf(file);
  const details = typeof file === 'string' ? {} : file;
  return {
    _path: path,
    path_type: details.link === undefined ? 'hardlink' : 'softlink',
    sha256: hex('sha256', bytes),
    size_in_bytes: details.link === undefined ? bytes.length : Buffer.byteLength(details.link),
    ...(details.noLink === true ? { no_link: true } : {}),
    ...(details.prefix === undefined
      ? {}
      : { file_mode: details.prefix.mode, prefix_placeholder: details.prefix.placeholder }),
  };
}

function infoEntries(wish: PackageWish, index: object): TarEntry[] {
  const listed = Object.entries(wish.files ?? {}).map(([path, file]) => pathsEntry(path, file));
  const info: Record<string, unknown> = { 'index.json': index, ...wish.info };
  if (wish.paths !== null) info['paths.json'] = { paths: wish.paths ?? listed, paths_version: 1 };
  return Object.entries(info)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) =>
      tarEntry(`info/${name}`, typeof value === 'string' ? value : JSON.stringify(value)),
    );
}

/** Writes a package below `channelDir/SUBDIR` and answers its record. */
export async function writePackage(channelDir: string, wish: PackageWish): Promise<RepodataRecord> {
  const { name, version = '1.0', build = '0', subdir = 'linux-64', depends = [] } = wish;
  const stem = `${name}-${version}-${build}`;
  const fn = `${stem}${wish.format === 'tar-bz2' ? '.tar.bz2' : '.conda'}`;
  const index = { name, version, build, build_number: 0, subdir, depends, ...wish.index };
  const path = join(channelDir, subdir, fn);
  await mkdir(join(channelDir, subdir), { recursive: true });
  const input = {
    path,
    stem,
    level: 1,
    timestampSeconds: MTIME_SECONDS,
    infoEntries: infoEntries(wish, index),
    pkgEntries: Object.entries(wish.files ?? {}).map(([file, content]) => tarEntry(file, content)),
  };
  const write = wish.format === 'tar-bz2' ? writeTarBz2Archive : writeCondaArchive;
  const { sha256, md5, sizeBytes } = await write(input);
  const url = pathToFileURL(channelDir).href;
  return {
    ...index,
    sha256,
    md5,
    size: sizeBytes,
    fn,
    url: `${url}/${subdir}/${fn}`,
    channel: url,
  };
}

/** The channel that is the directory `channelDir`. */
export function directoryChannel(channelDir: string): ChannelRef {
  return { url: pathToFileURL(channelDir).href, name: channelDir };
}

/** A record that no package stands behind, for solves. */
export function record(
  name: string,
  version = '1.0',
  changes: Partial<RepodataRecord> = {},
): RepodataRecord {
  const build = changes.build ?? '0';
  const subdir = changes.subdir ?? 'linux-64';
  const fn = `${name}-${version}-${build}.conda`;
  const channel = changes.channel ?? 'https://channel.invalid/main';
  return {
    name,
    version,
    build,
    build_number: 0,
    subdir,
    depends: [],
    fn,
    url: `${channel}/${subdir}/${fn}`,
    channel,
    ...changes,
  };
}

/** Text of the `repodata.json` of one subdir. */
export function repodataText(subdir: string, records: readonly RepodataRecord[]): string {
  const conda: Record<string, object> = {};
  const tarBz2: Record<string, object> = {};
  for (const { fn, url: _url, channel: _channel, ...entry } of records) {
    (fn.endsWith('.conda') ? conda : tarBz2)[fn] = entry;
  }
  return JSON.stringify({
    info: { subdir },
    packages: tarBz2,
    'packages.conda': conda,
    removed: [],
    repodata_version: 1,
  });
}

/** Writes `repodata.json` of one subdir of a directory channel. */
export async function writeRepodata(
  channelDir: string,
  subdir: string,
  records: readonly RepodataRecord[],
): Promise<void> {
  await mkdir(join(channelDir, subdir), { recursive: true });
  await writeFile(join(channelDir, subdir, 'repodata.json'), repodataText(subdir, records));
}
