/** The error for `build.files` that match nothing: says what is there instead, and what was probably meant. */
import { compileGlobs } from '#proto/glob.ts';
import { StageyardError } from '#proto/errors.ts';
import type { Build } from '#proto/recipe/recipe.ts';
import { listTree } from './file-tree.ts';
import type { TreeEntry } from './file-tree.ts';

const SHOWN_MAX = 5;

interface Unmatched {
  readonly name: string;
  readonly workDir: string;
  readonly build: Build;
  /** What the script added to the prefix. */
  readonly fresh: readonly TreeEntry[];
  /** Everything in the prefix. */
  readonly packable: readonly TreeEntry[];
}

function listed(paths: readonly string[]): string {
  const rest = paths.length - SHOWN_MAX;
  return paths.slice(0, SHOWN_MAX).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The first file of the work directory that the globs would have matched in the prefix. */
function hintFromWorkDir(input: Unmatched, matches: (path: string) => boolean): string | undefined {
  const inWork = listTree(input.workDir, (path) => path === '.git').find(
    (entry) => entry.kind !== 'directory' && matches(entry.path),
  );
  if (inWork === undefined) return undefined;
  const directory = directoryOf(inWork.path);
  const meant = directory === '' ? '$PREFIX' : `$PREFIX/${directory}`;
  return `the script wrote ${inWork.path} in the work directory: did you mean ${meant}?`;
}

function hintFromPrefix(input: Unmatched, matches: (path: string) => boolean): string {
  const owned = input.packable.find((entry) => matches(entry.path));
  if (owned !== undefined) {
    return `${owned.path} is there, but it came with an installed package: use build.always_include_files to package it nevertheless`;
  }
  if (input.fresh.length === 0) return 'the script wrote nothing into $PREFIX';
  return `new in $PREFIX: ${listed(input.fresh.map((entry) => entry.path))}`;
}

/** `FILES_UNMATCHED` with the globs, the output and a hint. */
export function unmatchedFilesError(input: Unmatched): StageyardError {
  const { files } = input.build;
  const matches = compileGlobs(files);
  const hint = hintFromWorkDir(input, matches) ?? hintFromPrefix(input, matches);
  const message = `${listed(files.include)} matched nothing in $PREFIX; ${hint}`;
  return new StageyardError('FILES_UNMATCHED', `${input.name}: build.files: ${message}`, {
    context: { output: input.name },
  });
}
