/**
 * The index of one subdir as it is and as it should be: entries of files that are gone go, files that
 * others put there come in from their own `index.json`. A file that is newer than the index is read
 * anew: somebody replaced it.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode, wrapError } from '#proto/errors.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { replaceText, sumsOfFile } from './channel-files.ts';
import {
  type IndexEntry,
  indexEntry,
  indexRecords,
  isMapping,
  isPackageFileName,
  parseIndex,
} from './repodata.ts';

const INDEX_NAME = 'repodata.json';
/** Other tools' forms of the same index, which clients would prefer to ours and which would be stale. */
const OTHER_FORMS = [
  'repodata.json.zst',
  'repodata.json.bz2',
  'repodata_shards.msgpack.zst',
  'current_repodata.json',
  'current_repodata.json.zst',
  'current_repodata.json.bz2',
];

/** Reads `info/index.json` of a package file; the channel knows nothing of archives. */
export interface PackageIndexReader {
  /** Parsed JSON. Rejects with `PACKAGE_INVALID` for what is no package. */
  readIndexJson(path: string): Promise<unknown>;
}

/** What an index is read with. */
export interface SubdirIndexOptions {
  readonly channelDir: string;
  readonly subdir: string;
  readonly reader: PackageIndexReader;
  readonly logger: Logger;
  readonly nowMs: number;
}

/** See the file's head. */
export class SubdirIndex {
  readonly #options: SubdirIndexOptions;
  readonly #directory: string;
  readonly #entries: Map<string, IndexEntry>;
  #stored: string | undefined;

  private constructor(options: SubdirIndexOptions, stored: string | undefined) {
    this.#options = options;
    this.#directory = join(options.channelDir, options.subdir);
    this.#stored = stored;
    this.#entries = (stored === undefined ? undefined : parseIndex(stored)) ?? new Map();
  }

  /** Makes the subdir where it is missing. Rejects with the system's errors. */
  static async open(options: SubdirIndexOptions): Promise<SubdirIndex> {
    const directory = join(options.channelDir, options.subdir);
    await mkdir(directory, { recursive: true });
    const path = join(directory, INDEX_NAME);
    const index = new SubdirIndex(options, await textOf(path));
    await index.#reconcile(statOf(path));
    return index;
  }

  /** SHA-256 of the package of this name, undefined when there is none. */
  async digestOf(fn: string): Promise<string | undefined> {
    const entry = this.#entries.get(fn);
    if (entry === undefined) return undefined;
    const stated = entry['sha256'];
    return typeof stated === 'string'
      ? stated
      : (await sumsOfFile(join(this.#directory, fn))).sha256;
  }

  /** Adds a package whose file is in place. */
  set(fn: string, entry: IndexEntry): void {
    this.#entries.set(fn, entry);
  }

  /** Puts the index in place if it changed. `temporary` is a free path on the same file system. */
  async write(temporary: string): Promise<void> {
    const packages = [...this.#entries].map(([fn, entry]) => ({ fn, entry }));
    const text = indexRecords(this.#options.subdir, packages);
    if (text !== this.#stored)
      await replaceText(join(this.#directory, INDEX_NAME), text, temporary);
    this.#stored = text;
    for (const name of OTHER_FORMS) await rm(join(this.#directory, name), { force: true });
  }

  async #reconcile(index: Stats | undefined): Promise<void> {
    const names = new Set((await readdir(this.#directory)).filter(isPackageFileName));
    for (const fn of this.#entries.keys()) {
      if (!names.has(fn)) this.#entries.delete(fn);
    }
    for (const fn of names) {
      const file = statOf(join(this.#directory, fn));
      if (file?.isFile() !== true) this.#entries.delete(fn);
      else if (!this.#isKnown(fn, file, index)) await this.#adopt(fn);
    }
  }

  #isKnown(fn: string, file: Stats, index: Stats | undefined): boolean {
    const entry = this.#entries.get(fn);
    if (entry === undefined || index === undefined) return false;
    const size = entry['size'];
    return (size === undefined || size === file.size) && file.mtimeMs <= index.mtimeMs;
  }

  /** A file that somebody else put here. What is damaged is left out and told. */
  async #adopt(fn: string): Promise<void> {
    const path = join(this.#directory, fn);
    const known = this.#entries.get(fn);
    const sums = await sumsOfFile(path);
    if (known?.['sha256'] === sums.sha256) return;
    try {
      const record = checkedRecord(await this.#options.reader.readIndexJson(path), fn);
      const indexedAtMs = this.#options.nowMs;
      this.#entries.set(
        fn,
        indexEntry({ ...record, subdir: this.#options.subdir }, { ...sums, indexedAtMs }),
      );
    } catch (error) {
      this.#entries.delete(fn);
      const why = wrapError(error, path).message;
      this.#options.logger.warn(
        { path, why },
        'a file in the channel is no package that can be indexed',
      );
    }
  }
}

/** The record must be that of a package of this name, or a solver would ask for a file that isn't there. */
function checkedRecord(value: unknown, fn: string): IndexEntry {
  if (!isMapping(value)) throw new TypeError('its index.json is not a mapping');
  const stem = `${String(value['name'])}-${String(value['version'])}-${String(value['build'])}`;
  if (!fn.startsWith(`${stem}.`)) throw new TypeError(`its index.json is that of ${stem}`);
  return value;
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
