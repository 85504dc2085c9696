/**
 * First half of packaging: the files of the package in a prefix of their own. Relinking and linking
 * checks work on it, then `assemblePackage` takes it.
 */
import type { Finding } from '#proto/link-report.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import { copyFiles } from './copy-files.ts';
import type { PreparedFile } from './copy-files.ts';
import { selectFiles } from './select-files.ts';

/** What the first half needs. All paths are absolute. */
export interface PrepareFilesInput {
  readonly output: RenderedOutput;
  readonly hostPrefix: string;
  /** For the hint when `build.files` match nothing. */
  readonly workDir: string;
  /** Relative paths that were in the prefix before restore and script: installed packages and what installation added. */
  readonly ownedBefore: ReadonlySet<string>;
  /** The file that `RATTLER_BUILD_PACKAGE_FILES` named; it need not exist. */
  readonly explicitList?: string;
  /** Created; on the file system of the host prefix if hard links are to work. */
  readonly tempPrefix: string;
}

/** The package's files, in their own prefix. */
export interface PreparedFiles {
  readonly tempPrefix: string;
  /** Sorted by the path in the host prefix. */
  readonly files: readonly PreparedFile[];
  readonly findings: readonly Finding[];
}

/** Selects and copies. Throws `FILES_UNMATCHED`, `PACKAGE_CONTENT`, `DISK_FULL`. */
export function prepareFiles(input: PrepareFilesInput): PreparedFiles {
  const { output, hostPrefix, tempPrefix } = input;
  const selection = selectFiles({ ...input, name: output.name, build: output.build });
  const copied = copyFiles({
    entries: selection.entries,
    hostPrefix,
    tempPrefix,
    build: output.build,
    targetPlatform: output.platforms.target,
  });
  return { tempPrefix, files: copied.files, findings: [...selection.findings, ...copied.findings] };
}
