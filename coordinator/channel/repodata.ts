/**
 * `repodata.json` of one subdir (CEP 36 and what conda writes): reading what is there, whoever made it,
 * and writing ours, so that equal entries give equal bytes.
 */
import type { PackageRecord } from '#proto/conda/package-record.ts';

/** File name of the index of a subdir. */
export const INDEX_NAME = 'repodata.json';

const REPODATA_VERSION = 1;
/** File names of packages: what conda allows in names, versions and build strings. */
const PACKAGE_FILE_NAME =
  /^[A-Za-z0-9_][A-Za-z0-9_.+!-]*-[A-Za-z0-9_.+!]+-[A-Za-z0-9_.+]+(\.conda|\.tar\.bz2)$/;
const SUBDIR_NAME = /^[a-z0-9]+(-[a-z0-9_]+)?$/;
/** Of a `.conda` and of a `.tar.bz2`. */
const sections = { conda: 'packages.conda', tarBz2: 'packages' } as const;

/** One entry of an index: the keys of `index.json`, sums, size, when it was published, and what others added. */
export type IndexEntry = Readonly<Record<string, unknown>>;

/** An entry with the file it describes. */
export interface IndexedPackage {
  /** File name in the subdir. */
  readonly fn: string;
  readonly entry: IndexEntry;
}

/** What an entry says besides the package's own record. */
export interface FileFacts {
  readonly sha256: string;
  readonly md5: string;
  readonly sizeBytes: number;
  /** Real time of publication, which the package's own `timestamp` is not. */
  readonly indexedAtMs: number;
}

/** True for a plain file name that ends like a package. */
export function isPackageFileName(name: string): boolean {
  return PACKAGE_FILE_NAME.test(name);
}

/** True for `linux-64`, `noarch` and the like. */
export function isSubdirName(name: string): boolean {
  return SUBDIR_NAME.test(name);
}

/** Entry of a package: its record as in `index.json`, without what only a client knows (URL, channel). */
export function indexEntry(record: PackageRecord | IndexEntry, facts: FileFacts): IndexEntry {
  const {
    fn: _fn,
    url: _url,
    channel: _channel,
    ...own
  } = { ...record } as Record<string, unknown>;
  const { sha256, md5, sizeBytes, indexedAtMs } = facts;
  return { ...own, sha256, md5, size: sizeBytes, indexed_timestamp: Math.floor(indexedAtMs) };
}

/** Text of the index: packages sorted by file name, keys sorted, one final newline. */
export function indexRecords(subdir: string, packages: readonly IndexedPackage[]): string {
  const section = (isConda: boolean): Record<string, IndexEntry> => {
    const own = packages.filter(({ fn }) => fn.endsWith('.conda') === isConda);
    const sorted = own.toSorted((a, b) => (a.fn < b.fn ? -1 : 1));
    return Object.fromEntries(sorted.map(({ fn, entry }) => [fn, sortedKeys(entry)]));
  };
  const index = {
    info: { subdir },
    [sections.tarBz2]: section(false),
    [sections.conda]: section(true),
    removed: [],
    repodata_version: REPODATA_VERSION,
  };
  return `${JSON.stringify(index, undefined, 2)}\n`;
}

/** Entries of an index by file name; undefined when the text is no index. What isn't a package is left out. */
export function parseIndex(text: string): Map<string, IndexEntry> | undefined {
  const index = parseJson(text);
  if (!isMapping(index)) return undefined;
  const entries = new Map<string, IndexEntry>();
  for (const name of [sections.tarBz2, sections.conda]) {
    const section = index[name];
    if (!isMapping(section)) continue;
    for (const [fn, entry] of Object.entries(section)) {
      if (isPackageFileName(fn) && isMapping(entry)) entries.set(fn, entry);
    }
  }
  return entries;
}

function sortedKeys(entry: IndexEntry): IndexEntry {
  return Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A JSON object. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
