/** Names that make trouble somewhere: on other systems, in shells, for people (spec 5.14). */
import type { Finding } from '#proto/link-report.ts';

const PATH_LENGTH_MAX = 200;
const SHOWN_MAX = 5;

/** Extensions that mean the same; a package should use one of each family. */
const families: readonly (readonly string[])[] = [
  ['cc', 'cpp'],
  ['htm', 'html'],
  ['jpg', 'jpeg'],
  ['jsonl', 'ndjson'],
  ['txt', 'text'],
  ['yaml', 'yml'],
];

function listed(paths: readonly string[]): string {
  const rest = paths.length - SHOWN_MAX;
  return paths.slice(0, SHOWN_MAX).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function warning(what: string, paths: readonly string[]): Finding[] {
  if (paths.length === 0) return [];
  return [{ kind: 'path-warning', severity: 'warning', message: `${what}: ${listed(paths)}` }];
}

const hasNonAscii = (path: string): boolean => Buffer.byteLength(path) !== path.length;

function caseCollisions(paths: readonly string[]): string[] {
  const seen = new Map<string, string>();
  const pairs: string[] = [];
  for (const path of paths) {
    const folded = path.normalize('NFKC').toLowerCase();
    const other = seen.get(folded);
    if (other === undefined) seen.set(folded, path);
    else pairs.push(`${other} and ${path}`);
  }
  return pairs;
}

function extensionOf(path: string): string | undefined {
  return /[^/]\.([A-Za-z]+)$/.exec(path)?.[1];
}

function mixedFamilies(paths: readonly string[]): Finding[] {
  const extensions = new Set(paths.map(extensionOf));
  return families.flatMap((family) => {
    const used = [...extensions].filter((extension) =>
      family.includes(extension?.toLowerCase() ?? ''),
    );
    const names = used.map((extension) => `.${extension ?? ''}`).sort();
    return used.length > 1 ? warning('several extensions for one kind of file', names) : [];
  });
}

/** Warnings about the paths of a package, each kind once with its first examples. */
export function pathWarnings(paths: readonly string[]): Finding[] {
  return [
    ...warning('names with characters outside ASCII', paths.filter(hasNonAscii)),
    ...warning(
      'names with spaces',
      paths.filter((path) => path.includes(' ')),
    ),
    ...warning(
      `names longer than ${PATH_LENGTH_MAX} characters`,
      paths.filter((path) => path.length > PATH_LENGTH_MAX),
    ),
    ...warning(
      'names that differ in case only (one file on macOS and Windows)',
      caseCollisions(paths),
    ),
    ...mixedFamilies(paths),
    ...warning(
      'scripts of a version-independent Python package (entry points would work on Windows too)',
      paths.filter((path) => path.startsWith('python-scripts/')),
    ),
  ];
}
