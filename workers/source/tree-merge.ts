/**
 * Brings a tree into the work directory, on top of what is there: directories are merged, files replaced
 * (a later source wins, spec 1.4), links never followed. What was replaced with other content is told,
 * so that sources which clobber a restored work directory don't do it silently.
 */
import {
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StageyardError } from '#proto/errors.ts';

/** How to bring it in. */
export interface MergeOptions {
  /** The tree: its entries are moved away. */
  readonly from: string;
  /** The work directory. */
  readonly workDir: string;
  /** Where in the work directory: '' or a relative path. */
  readonly target: string;
  /** Which files are wanted, by their path in the tree. */
  readonly isWanted: (path: string) => boolean;
}

/** See the file's head. Answers the replaced files, relative to the work directory. Throws `SOURCE_UNSAFE`. */
export function mergeTree(options: MergeOptions): readonly string[] {
  makeTarget(options.workDir, options.target);
  const merge = new Merge(options);
  merge.directory('');
  return merge.replaced;
}

/**
 * A relative path that stays inside; '' for none. Throws `RECIPE_INVALID` naming `key` for others.
 */
export function checkedRelativePath(path: string | undefined, key: string): string {
  const parts = (path ?? '').split('/').filter((part) => part !== '' && part !== '.');
  if (path?.startsWith('/') === true || parts.includes('..') || path?.includes('\0') === true) {
    throw new StageyardError(
      'RECIPE_INVALID',
      `source.${key}: ${JSON.stringify(path)} leads out of the work directory`,
    );
  }
  return parts.join('/');
}

/** Makes the target directory component by component: a link that an earlier source brought is not followed. */
function makeTarget(workDir: string, target: string): void {
  let made = workDir;
  for (const part of target.split('/').filter((name) => name !== '')) {
    made = join(made, part);
    const state = lstatSync(made, { throwIfNoEntry: false });
    if (state === undefined) mkdirSync(made);
    else if (!state.isDirectory()) {
      throw new StageyardError(
        'SOURCE_UNSAFE',
        `source.target_directory: ${target} is not a directory in the work directory`,
      );
    }
  }
}

class Merge {
  readonly replaced: string[] = [];
  readonly #options: MergeOptions;
  readonly #root: string;
  /** Directories that were made or seen to be real ones. */
  readonly #known = new Set<string>(['.']);

  constructor(options: MergeOptions) {
    this.#options = options;
    this.#root = join(options.workDir, options.target);
  }

  directory(directory: string): void {
    const { from, isWanted } = this.#options;
    const entries = readdirSync(join(from, directory), { withFileTypes: true });
    if (entries.length === 0 && directory !== '' && isWanted(directory)) this.#ensure(directory);
    for (const entry of entries) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) this.directory(path);
      else if (isWanted(path)) this.#file(path);
    }
  }

  #file(path: string): void {
    const source = join(this.#options.from, path);
    const destination = join(this.#root, path);
    this.#ensure(dirname(path));
    const existing = lstatSync(destination, { throwIfNoEntry: false });
    const isReplaced = existing !== undefined && !hasSameContent(source, destination, existing);
    if (existing !== undefined) rmSync(destination, { recursive: true, force: true });
    renameSync(source, destination);
    if (isReplaced) this.#noteReplaced(path, destination);
  }

  /** What was made from the old file must look older than the new one. */
  #noteReplaced(path: string, destination: string): void {
    const now = Date.now() / 1000;
    lutimesSync(destination, now, now);
    const { target } = this.#options;
    this.replaced.push(target === '' ? path : `${target}/${path}`);
  }

  /** Makes a directory and its parents; a file or link in the way gives way. */
  #ensure(directory: string): void {
    if (this.#known.has(directory)) return;
    this.#ensure(dirname(directory));
    const path = join(this.#root, directory);
    const state = lstatSync(path, { throwIfNoEntry: false });
    if (state?.isDirectory() !== true) {
      rmSync(path, { force: true });
      mkdirSync(path);
    }
    this.#known.add(directory);
  }
}

/** Gives every file and link of a tree the same modification time. */
export function giveOneTime(root: string, epochSeconds: number): void {
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (!entry.isDirectory())
      lutimesSync(join(entry.parentPath, entry.name), epochSeconds, epochSeconds);
  }
}

function hasSameContent(source: string, destination: string, existing: Stats): boolean {
  const state = lstatSync(source);
  if (state.isSymbolicLink() && existing.isSymbolicLink()) {
    return readlinkSync(source) === readlinkSync(destination);
  }
  if (!state.isFile() || !existing.isFile() || state.size !== existing.size) return false;
  return readFileSync(source).equals(readFileSync(destination));
}
