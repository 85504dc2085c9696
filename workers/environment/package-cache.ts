/**
 * Unpacked packages, shared by all processes of a machine:
 *
 *     <cache>/pkgs/<name-version-build>-<first 32 digits of the SHA-256>/        unpacked
 *                                                     …/info/.stageyard.json    written last
 *     <cache>/pkgs/.incoming/                                                   archives, half-done trees
 *
 * A directory appears by one rename, so it is whole. Installed files are hard links to it: a script
 * that edits one in place damages it. Size, mode and time of every file are therefore compared
 * before the first use in a process, and a damaged entry is made again.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { BlobRef } from '#proto/digest.ts';
import { errorCodeOf, StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import { withLock } from './directory-lock.ts';
import type { HttpTransfer } from './http-transfer.ts';
import { readPackageContents } from './package-contents.ts';
import { isObject, parsePackageFileName } from './repodata-record.ts';

/** Archives larger than this are refused when the channel doesn't state a size. */
const ARCHIVE_BYTES_MAX = 64 * 1024 ** 3;
const MARKER = join('info', '.stageyard.json');
const INCOMING = '.incoming';
const SUM_DIGITS = 32;

/** An unpacked package. */
export interface CachedPackage {
  readonly record: RepodataRecord;
  /** Absolute path; read only. */
  readonly directory: string;
}

/** Where archives of a run's own channel are. */
export interface PackageOrigin {
  /** Blob of an artifact of this run, when `record.url` says so. */
  readonly blob?: BlobRef;
  readonly reporter?: TaskReporter;
  readonly signal?: AbortSignal;
}

/** See the file's head. */
export interface PackageCache {
  /**
   * The unpacked package, fetched and unpacked if need be. Rejects with `PACKAGE_INVALID` (damaged,
   * hostile, or not what the channel promised), `CHANNEL_UNREACHABLE`, `BLOB_*`, `DISK_FULL`,
   * `STORE_UNWRITABLE` or `CANCELLED`.
   */
  obtain(record: RepodataRecord, origin?: PackageOrigin): Promise<CachedPackage>;
}

/** Options of {@link createPackageCache}. */
export interface PackageCacheOptions {
  readonly cacheDir: string;
  readonly transfer: HttpTransfer;
  /** For artifacts of this run. */
  readonly blobs?: BlobStore;
  /** Where the bytes of a package are whose channel travelled with a submission. */
  readonly blobOf?: (record: RepodataRecord) => BlobRef | undefined;
}

/** `[path, size, mode, mtime in ms]` of everything in a tree (size and time of directories: 0). */
type Stamp = readonly [string, number, number, number];

/** Walks without following links: what it finds really lies in the tree. */
function stampsOf(root: string): Stamp[] {
  const stamps: Stamp[] = [];
  const visit = (relative: string): void => {
    for (const entry of readdirSync(join(root, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (path === MARKER) continue;
      const { size, mode, mtimeMs } = lstatSync(join(root, path));
      if (entry.isDirectory()) {
        stamps.push([path, 0, mode, 0]);
        visit(path);
      } else stamps.push([path, size, mode, Math.floor(mtimeMs)]);
    }
  };
  visit('');
  return stamps.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

function digestOfStamps(stamps: readonly Stamp[]): string {
  return createHash('sha256').update(JSON.stringify(stamps)).digest('hex');
}

/** True when the entry is whole and as it was unpacked. */
function isIntact(directory: string): boolean {
  try {
    const marker: unknown = JSON.parse(readFileSync(join(directory, MARKER), 'utf8'));
    return (
      isObject(marker) &&
      marker.schema === 1 &&
      marker.stamps === digestOfStamps(stampsOf(directory))
    );
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) !== undefined) return false;
    throw error;
  }
}

function entryName(record: RepodataRecord): string {
  const named = parsePackageFileName(record.fn);
  if (named === null)
    throw new StageyardError(
      'PACKAGE_INVALID',
      `${JSON.stringify(record.fn)} is not a package file name`,
    );
  return `${named.name}-${named.version}-${named.build}-${sumOf(record)}`;
}

/**
 * Nobody may pass a package off as another one's: enough digits that none can be made to fit, and sums of other kinds
 * have a mark. Without any the place it came from stands in.
 */
function sumOf({ fn, url, sha256, md5 }: RepodataRecord): string {
  const sum = sha256 ?? md5 ?? createHash('sha256').update(url).digest('hex');
  if (!/^[0-9a-f]{32,64}$/.test(sum))
    throw new StageyardError('PACKAGE_INVALID', `${fn}: its sum is not hexadecimal`);
  const mark = sha256 !== undefined ? '' : md5 !== undefined ? 'md5-' : 'url-';
  return `${mark}${sum.slice(0, SUM_DIGITS)}`;
}

class DirectoryPackageCache implements PackageCache {
  readonly #options: PackageCacheOptions;
  readonly #root: string;
  /** Entries that were checked or made by this process. */
  readonly #checked = new Set<string>();

  constructor(options: PackageCacheOptions) {
    this.#options = options;
    this.#root = join(options.cacheDir, 'pkgs');
  }

  async obtain(record: RepodataRecord, origin: PackageOrigin = {}): Promise<CachedPackage> {
    const name = entryName(record);
    const directory = join(this.#root, name);
    const cached: CachedPackage = { record, directory };
    if (this.#checked.has(name)) return cached;
    try {
      mkdirSync(join(this.#root, INCOMING), { recursive: true });
      await withLock(
        join(this.#root, INCOMING, `${name}.lock`),
        () => this.#ensure(cached, origin),
        {
          ...(origin.signal === undefined ? {} : { signal: origin.signal }),
          onWait: () =>
            origin.reporter?.report({
              kind: 'phase',
              phase: 'waiting',
              detail: `${name} is unpacked elsewhere`,
            }),
        },
      );
    } catch (error) {
      throw wrapError(error, `package ${record.fn}`, errorCodeOf(error, 'STORE_UNWRITABLE'));
    }
    this.#checked.add(name);
    return cached;
  }

  async #ensure(cached: CachedPackage, origin: PackageOrigin): Promise<void> {
    if (isIntact(cached.directory)) return;
    const work = await mkdtemp(join(this.#root, INCOMING, 'unpack-'));
    try {
      const archive = await this.#archiveOf(cached.record, origin, work);
      const tree = join(work, 'tree');
      mkdirSync(tree);
      await unpack({ archive, tree, origin });
      const stamps = checkTree(cached.record, tree);
      const marker = { schema: 1, url: cached.record.url, stamps: digestOfStamps(stamps) };
      writeFileSync(join(tree, MARKER), JSON.stringify(marker));
      this.#replace(tree, cached.directory, work);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  /** A damaged entry moves away first; those who still read it keep what they have open. */
  #replace(tree: string, directory: string, work: string): void {
    try {
      renameSync(directory, join(work, 'damaged'));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
    renameSync(tree, directory);
  }

  /** Path of the verified archive: the channel's own file, a link to the blob, or a download. */
  async #archiveOf(record: RepodataRecord, origin: PackageOrigin, work: string): Promise<string> {
    const path = join(work, record.fn);
    const blob = origin.blob ?? this.#options.blobOf?.(record);
    if (blob !== undefined) {
      const { blobs } = this.#options;
      if (blobs === undefined)
        throw new StageyardError('INTERNAL', `no blob store to fetch ${record.fn} from`);
      const signal = origin.signal === undefined ? {} : { signal: origin.signal };
      await blobs.getFile(blob, path, { readOnlyLink: true, ...signal });
      return path;
    }
    if (record.url.startsWith('file:')) {
      const local = fileURLToPath(record.url);
      await verifyFile(record, local);
      return local;
    }
    if (!/^(?:https?|s3):\/\//.test(record.url)) {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${record.fn} is not part of this run and has no usable URL`,
      );
    }
    await this.#download(record, path, origin);
    return path;
  }

  async #download(record: RepodataRecord, path: string, origin: PackageOrigin): Promise<void> {
    const { reporter, signal } = origin;
    const result = await this.#options.transfer.fetchFile({
      url: record.url,
      path,
      sizeBytesMax: record.size ?? ARCHIVE_BYTES_MAX,
      label: record.fn,
      ...(record.sha256 === undefined ? {} : { sha256: record.sha256 }),
      ...(record.md5 === undefined ? {} : { md5: record.md5 }),
      ...(reporter === undefined ? {} : { reporter }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (result.status !== 'fetched') {
      throw new StageyardError(
        'CHANNEL_INVALID',
        `the channel lists ${record.fn} but does not have it`,
      );
    }
  }
}

async function hashFile(path: string, algorithm: 'sha256' | 'md5'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    if (Buffer.isBuffer(chunk)) hash.update(chunk);
  }
  return hash.digest('hex');
}

async function verifyFile(record: RepodataRecord, path: string): Promise<void> {
  const algorithm = record.sha256 === undefined ? 'md5' : 'sha256';
  const expected = record.sha256 ?? record.md5;
  let found: string;
  try {
    found = await hashFile(path, algorithm);
  } catch (error) {
    throw wrapError(
      error,
      `the channel lists ${record.fn}, but ${path} can't be read`,
      'CHANNEL_INVALID',
    );
  }
  if (expected !== undefined && expected !== found) {
    throw new StageyardError(
      'PACKAGE_INVALID',
      `${path}: ${algorithm} is ${found}, its channel says ${expected}; the file is damaged or was replaced`,
    );
  }
}

async function unpack(job: {
  readonly archive: string;
  readonly tree: string;
  readonly origin: PackageOrigin;
}): Promise<void> {
  const archive = await openCondaArchive(job.archive);
  try {
    const { signal } = job.origin;
    await archive.extractTo(job.tree, {
      keepTimes: true,
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    await archive.close();
  }
}

/**
 * The package must agree with itself. A listed path that is only reached through a link of the package
 * is refused: installing it would take in files of the machine.
 */
function checkTree(record: RepodataRecord, tree: string): readonly Stamp[] {
  const stamps = stampsOf(tree);
  const sizes = new Map(stamps.map(([path, size]) => [path, size]));
  for (const { path, kind, sizeBytes } of readPackageContents(tree).paths) {
    const found = sizes.get(path);
    if (found === undefined) {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${record.fn} lists ${path} but does not contain it`,
      );
    }
    if (kind === 'file' && sizeBytes !== undefined && sizeBytes !== found) {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${record.fn}: ${path} has ${found} bytes, its list says ${sizeBytes}`,
      );
    }
  }
  return stamps;
}

/** A cache below `cacheDir`; several processes may use one directory. */
export function createPackageCache(options: PackageCacheOptions): PackageCache {
  return new DirectoryPackageCache(options);
}
