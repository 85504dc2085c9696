/**
 * Which files of the host prefix belong to the package (spec 5.1): what the script (or the restored
 * staging) added, narrowed by `build.files`, widened by `build.always_include_files`; or exactly
 * what the script listed.
 */
import { compileGlobs } from '#proto/glob.ts';
import type { Finding } from '#proto/link-report.ts';
import type { Build, GlobLists } from '#proto/recipe/recipe.ts';
import { readExplicitList } from './explicit-list.ts';
import { listTree } from './file-tree.ts';
import type { TreeEntry } from './file-tree.ts';
import { isSkipped } from './skip-rules.ts';
import { unmatchedFilesError } from './unmatched-files.ts';

/** What selection looks at. */
export interface SelectInput {
  /** Name of the output, for messages. */
  readonly name: string;
  readonly hostPrefix: string;
  readonly workDir: string;
  readonly build: Build;
  /** Paths (relative to the prefix) that were there before: files of installed packages and what installation added. */
  readonly ownedBefore: ReadonlySet<string>;
  /** File that `RATTLER_BUILD_PACKAGE_FILES` names. */
  readonly explicitList?: string;
}

/** What will be packaged. */
export interface Selection {
  /** Files and links, sorted by bytes. */
  readonly entries: readonly TreeEntry[];
  readonly findings: readonly Finding[];
}

const isConfigured = (globs: GlobLists): boolean =>
  globs.include.length > 0 || globs.exclude.length > 0;

/** Package metadata lives below `info/` in an archive: a script's files of that name would replace it. */
const isReserved = (path: string): boolean => path === 'info' || path.startsWith('info/');

/** Selects; throws `FILES_UNMATCHED` when `build.files` matches nothing at all, `PACKAGE_CONTENT` for a bad list. */
export function selectFiles(input: SelectInput): Selection {
  const { build, ownedBefore } = input;
  const current = listTree(input.hostPrefix, (path) => path === 'conda-meta');
  const packable = current.filter((entry) => entry.kind !== 'directory');
  const fresh = packable.filter((entry) => !ownedBefore.has(entry.path));
  const wanted = pick(input, { current, fresh });
  const included = compileGlobs({ include: build.always_include_files, exclude: [] });
  const chosen = new Set(wanted.map((entry) => entry.path));
  for (const entry of packable) if (included(entry.path)) chosen.add(entry.path);
  if (chosen.size === 0 && build.files.include.length > 0) {
    throw unmatchedFilesError({ ...input, fresh, packable });
  }
  return withoutSkipped(packable, chosen, build);
}

function pick(
  input: SelectInput,
  trees: { current: readonly TreeEntry[]; fresh: readonly TreeEntry[] },
): readonly TreeEntry[] {
  const { files } = input.build;
  const existing = new Map(trees.current.map((entry) => [entry.path, entry]));
  const listed =
    input.explicitList === undefined
      ? undefined
      : readExplicitList(input.explicitList, input.hostPrefix, (path) => existing.has(path));
  const base =
    listed === undefined
      ? trees.fresh
      : trees.current.filter((entry) => listed.has(entry.path) && entry.kind !== 'directory');
  return isConfigured(files) ? base.filter(matching(compileGlobs(files))) : base;
}

const matching =
  (matches: (path: string) => boolean) =>
  (entry: TreeEntry): boolean =>
    matches(entry.path);

function withoutSkipped(
  packable: readonly TreeEntry[],
  chosen: ReadonlySet<string>,
  build: Build,
): Selection {
  const existing = new Set(packable.map((entry) => entry.path));
  const context = {
    build,
    exists: (path: string) => existing.has(path),
    isSelected: (path: string) => chosen.has(path),
  };
  const entries: TreeEntry[] = [];
  const findings: Finding[] = [];
  for (const entry of packable) {
    if (!chosen.has(entry.path) || isSkipped(entry.path, context)) continue;
    const obstacle = obstacleOf(entry);
    if (obstacle === undefined) entries.push(entry);
    else
      findings.push({
        kind: 'path-warning',
        severity: 'warning',
        message: `${entry.path} is not packaged: ${obstacle}`,
      });
  }
  return { entries, findings };
}

function obstacleOf(entry: TreeEntry): string | undefined {
  if (isReserved(entry.path)) return '$PREFIX/info is where packages keep their metadata';
  return entry.kind === 'other' ? 'it is a socket, a pipe or a device' : undefined;
}
