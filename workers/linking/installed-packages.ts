/** Packages of an installed environment, from the records in `conda-meta`. */
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareBytes } from '#proto/byte-order.ts';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';

/** Longest record that is read; those of packages with 100,000 files have some 40 MB. */
const RECORD_BYTES_MAX = 256 << 20;

/** A package and the files it brought, relative to the prefix and `/`-separated. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly files: readonly string[];
}

/**
 * All packages installed in a prefix, sorted by name. A prefix without `conda-meta` has none. Rejects with
 * `ENV_INSTALL_FAILED` when a record can't be read: half an answer would accuse or acquit wrongly.
 */
export async function readInstalledPackages(prefix: string): Promise<readonly InstalledPackage[]> {
  const folder = join(prefix, 'conda-meta');
  const packages: InstalledPackage[] = [];
  for (const file of await recordFiles(folder)) {
    packages.push(await readRecord(join(folder, file)));
  }
  return packages.toSorted((a, b) => compareBytes(a.name, b.name));
}

async function recordFiles(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.json'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw wrapError(error, `while listing ${folder}`, 'ENV_INSTALL_FAILED');
  }
}

async function readRecord(path: string): Promise<InstalledPackage> {
  try {
    const { size } = await lstat(path);
    if (size > RECORD_BYTES_MAX) throw new RangeError(`longer than ${RECORD_BYTES_MAX} bytes`);
    const record: unknown = JSON.parse(await readFile(path, 'utf8'));
    return decodeRecord(record);
  } catch (error) {
    throw wrapError(error, `package record ${path}`, 'ENV_INSTALL_FAILED');
  }
}

function decodeRecord(record: unknown): InstalledPackage {
  if (typeof record !== 'object' || record === null) throw invalid('it is no object');
  const text = (key: string): string => {
    const value: unknown = Reflect.get(record, key);
    if (typeof value !== 'string') throw invalid(`${key} is no text`);
    return value;
  };
  const files: unknown = Reflect.get(record, 'files') ?? [];
  if (!Array.isArray(files)) throw invalid('files is no list');
  return {
    name: text('name'),
    version: text('version'),
    build: text('build'),
    files: files.filter((file): file is string => typeof file === 'string'),
  };
}

function invalid(what: string): StageyardError {
  return new StageyardError('ENV_INSTALL_FAILED', what);
}
