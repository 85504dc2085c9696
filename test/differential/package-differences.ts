/** What differs between two packages that should be the same, each difference with its place. */
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';

interface PackedFile {
  readonly mode: number;
  readonly link: string | null;
  readonly sha256?: string;
  readonly size?: number;
}

/** An entry of `paths.json`. */
export interface PathEntry {
  readonly _path: string;
  readonly path_type: string;
  readonly sha256: string;
  readonly size_in_bytes: number;
  readonly file_mode?: string;
  readonly prefix_placeholder?: string;
}

/** What `read_packages.py` prints of one package. */
export interface PackedPackage {
  readonly order: readonly string[];
  readonly info: readonly string[];
  readonly metadata: { readonly 'paths.json': { readonly paths: readonly PathEntry[] } };
  readonly files: Readonly<Record<string, PackedFile>>;
  /** Sum of a file → its sum with the build prefix replaced by a mark. */
  readonly plain: Readonly<Record<string, string>>;
  /** Metadata files. */
  readonly texts: Readonly<Record<string, string>>;
  /** Members of the two archives, in their order. */
  readonly members: { readonly info: readonly string[]; readonly pkg: readonly string[] };
  readonly owners: readonly unknown[];
}

/** One difference: `index.json/depends`, `files/bin/tool`, … */
export interface Difference {
  readonly where: string;
  readonly mine: unknown;
  readonly peer: unknown;
}

/** Sorted part by part, as rattler-build sorts: what is below a directory comes before `directory.txt`. */
export function sortedByParts(paths: readonly string[]): readonly string[] {
  const key = (path: string): Buffer => Buffer.from(path.replaceAll('/', '\0'));
  return paths.toSorted((a, b) => key(a).compare(key(b)));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Everything that is compared, by place; values that may differ for the reasons told in recipes.test.ts are made alike. */
function comparable(one: PackedPackage): Readonly<Record<string, unknown>> {
  const plainSum = (sum: string | undefined): string | undefined =>
    sum === undefined ? undefined : (one.plain[sum] ?? sum);
  const parts: [string, unknown][] = [
    ['order', one.order],
    ['owners', one.owners],
    ['members/pkg', sortedByParts(one.members.pkg)],
    ['members/info', sortedByParts(one.members.info)],
  ];
  for (const [path, { mode, link, sha256, size }] of Object.entries(one.files)) {
    parts.push([`files/${path}`, link === null ? { mode, sum: plainSum(sha256), size } : { link }]);
  }
  for (const entry of one.metadata['paths.json'].paths) {
    const { sha256, prefix_placeholder: placeholder, ...rest } = entry;
    const value = { ...rest, sum: plainSum(sha256), placeholder: placeholder?.length };
    parts.push([`paths.json/${entry._path}`, value]);
  }
  for (const [name, text] of Object.entries(one.texts)) parts.push(...documentParts(name, text));
  return Object.fromEntries(parts);
}

function documentParts(name: string, text: string): [string, unknown][] {
  if (name === 'paths.json') return [];
  if (!name.endsWith('.json') && !name.endsWith('.yaml')) return [[name, text]];
  const content: unknown = name === 'hash_input.json' ? text : parse(text);
  if (!isRecord(content)) return [[name, content]];
  return Object.entries(content).flatMap(([key, value]): [string, unknown][] => {
    const place = `${name}/${key}`;
    if (place === 'index.json/timestamp' || place === 'about.json/channels') return [];
    const isUnordered = place === 'index.json/depends' || place === 'index.json/constrains';
    return [[place, isUnordered && Array.isArray(value) ? value.map(String).toSorted() : value]];
  });
}

/** Differences sorted by place; none for packages that are the same. */
export function differencesOf(mine: PackedPackage, peer: PackedPackage): readonly Difference[] {
  const left = comparable(mine);
  const right = comparable(peer);
  const places = [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted();
  return places
    .filter((where) => !isDeepStrictEqual(left[where], right[where]))
    .map((where) => ({ where, mine: left[where], peer: right[where] }));
}
