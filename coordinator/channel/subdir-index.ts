/**
 * The index of one subdir as it is and as it should be: entries of files that are gone go, files that
 * others put there come in from their own `index.json`. A file that is newer than the index is read
 * anew: somebody replaced it.
 */
import { wrapError } from '#proto/errors.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { sumsOfFile } from './channel-files.ts';
import type { ChannelFile, ChannelPlace, SubdirContent } from './channel-place.ts';
import { type IndexEntry, indexEntry, indexRecords, isMapping, parseIndex } from './repodata.ts';

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
  readonly place: ChannelPlace;
  readonly subdir: string;
  readonly reader: PackageIndexReader;
  readonly logger: Logger;
  readonly nowMs: number;
}

/** See the file's head. */
export class SubdirIndex {
  readonly #options: SubdirIndexOptions;
  readonly #entries: Map<string, IndexEntry>;
  #stored: string | undefined;

  private constructor(options: SubdirIndexOptions, stored: string | undefined) {
    this.#options = options;
    this.#stored = stored;
    this.#entries = (stored === undefined ? undefined : parseIndex(stored)) ?? new Map();
  }

  /** Makes the subdir where it is missing. Rejects with the place's errors. */
  static async open(options: SubdirIndexOptions): Promise<SubdirIndex> {
    const content = await options.place.contentOf(options.subdir);
    const index = new SubdirIndex(options, content.index?.text);
    await index.#reconcile(content);
    return index;
  }

  /** SHA-256 of the package of this name, undefined when there is none. */
  async digestOf(fn: string): Promise<string | undefined> {
    const entry = this.#entries.get(fn);
    if (entry === undefined) return undefined;
    const stated = entry['sha256'];
    if (typeof stated === 'string') return stated;
    const { place, subdir } = this.#options;
    return (await place.withFile({ folder: subdir, fn }, sumsOfFile)).sha256;
  }

  /** Adds a package whose file is in place. */
  set(fn: string, entry: IndexEntry): void {
    this.#entries.set(fn, entry);
  }

  /** Puts the index in place if it changed. */
  async write(): Promise<void> {
    const { place, subdir } = this.#options;
    const packages = [...this.#entries].map(([fn, entry]) => ({ fn, entry }));
    const text = indexRecords(subdir, packages);
    if (text !== this.#stored) await place.writeIndex(subdir, text);
    this.#stored = text;
    await place.dropFiles(subdir, OTHER_FORMS);
  }

  async #reconcile({ packages, index }: SubdirContent): Promise<void> {
    const names = new Set(packages.map(({ name }) => name));
    for (const fn of this.#entries.keys()) {
      if (!names.has(fn)) this.#entries.delete(fn);
    }
    for (const file of packages) {
      if (index === undefined || !this.#isKnown(file, index.modifiedMs))
        await this.#adopt(file.name);
    }
  }

  #isKnown(file: ChannelFile, indexModifiedMs: number): boolean {
    const entry = this.#entries.get(file.name);
    if (entry === undefined) return false;
    const size = entry['size'];
    return (size === undefined || size === file.sizeBytes) && file.modifiedMs <= indexModifiedMs;
  }

  /** A file that somebody else put here. What is damaged is left out and told. */
  async #adopt(fn: string): Promise<void> {
    const { place, subdir } = this.#options;
    await place.withFile({ folder: subdir, fn }, (path) => this.#adoptFile(fn, path));
  }

  async #adoptFile(fn: string, path: string): Promise<void> {
    const { place, subdir, reader, nowMs: indexedAtMs, logger } = this.#options;
    const known = this.#entries.get(fn);
    const sums = await sumsOfFile(path);
    if (known?.['sha256'] === sums.sha256) return;
    try {
      const record = checkedRecord(await reader.readIndexJson(path), fn);
      this.#entries.set(fn, indexEntry({ ...record, subdir }, { ...sums, indexedAtMs }));
    } catch (error) {
      this.#entries.delete(fn);
      const where = `${place.name}/${subdir}/${fn}`;
      const why = wrapError(error, where).message;
      logger.warn({ path: where, why }, 'a file in the channel is no package that can be indexed');
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
