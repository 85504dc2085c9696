/**
 * What only shows when all outputs of a staging output are there (spec 3.12): staged files that no output packages,
 * and files that two outputs package. Pure.
 */
import type { Finding } from '#proto/link-report.ts';

/** One staging output of the run with everything that inherits from it. */
export interface StagedOutput {
  readonly name: string;
  /** Prefix files of its snapshot, links included. */
  readonly files: readonly string[];
  /** Its inheritors; undefined stands for one that was not built. */
  readonly inheritors: readonly (PackagedOutput | undefined)[];
}

/** A built package output. */
export interface PackagedOutput {
  readonly name: string;
  readonly files: readonly string[];
}

const NAMED_PATHS_MAX = 5;

function listed(paths: readonly string[]): string {
  const named = paths.slice(0, NAMED_PATHS_MAX).join(', ');
  return paths.length > NAMED_PATHS_MAX
    ? `${named} and ${paths.length - NAMED_PATHS_MAX} more`
    : named;
}

/** Staged files that nobody packages; says nothing while an inheritor is missing. `isDropped` knows files that never are packaged. */
export function unusedStagingFiles(
  staged: StagedOutput,
  isDropped: (path: string) => boolean,
): readonly Finding[] {
  const built = staged.inheritors.filter((output) => output !== undefined);
  if (built.length === 0 || built.length < staged.inheritors.length) return [];
  const packaged = new Set(built.flatMap(({ files }) => files));
  const unused = staged.files.filter((path) => !packaged.has(path) && !isDropped(path));
  if (unused.length === 0) return [];
  return [
    {
      kind: 'unused-staging-file',
      severity: 'warning',
      message: `${staged.name}: no output packages ${listed(unused)}`,
      remedy:
        'add them to build.files of an output, or remove them at the end of the staging script',
    },
  ];
}

/** Paths that two outputs of different names package: installed together, one overwrites the other. */
export function overlappingFiles(staged: StagedOutput): readonly Finding[] {
  const owners = new Map<string, Set<string>>();
  for (const output of staged.inheritors) {
    for (const path of output?.files ?? [])
      owners.set(path, (owners.get(path) ?? new Set()).add(output?.name ?? ''));
  }
  const byOwners = new Map<string, string[]>();
  for (const [path, names] of owners) {
    if (names.size < 2) continue;
    const key = [...names].toSorted().join(' and ');
    byOwners.set(key, [...(byOwners.get(key) ?? []), path]);
  }
  return [...byOwners].map(([names, paths]) => ({
    kind: 'overlapping-files',
    severity: 'warning',
    message: `${names} both package ${listed(paths.toSorted())}`,
    remedy: 'narrow build.files of one of them',
  }));
}
