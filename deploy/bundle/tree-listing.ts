/**
 * Lists a source tree the way it travels: files, links and empty directories, sorted by bytes, modes
 * 0644 and 0755, without git's own data, ignored files and the directories that the caller names
 * (output, store). What can't travel (devices, sockets, pipes, names that aren't UTF-8) is refused.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errorCodeOf, StageyardError, systemErrorCode } from '#proto/errors.ts';
import { IgnoreRules, ruleFileNames } from './ignore-rules.ts';

/** More is no source tree but a mistake (`path: /`). */
const ENTRIES_MAX = 2_000_000;
const RULE_FILE_BYTES_MAX = 1024 * 1024;
const REPLACEMENT_CHARACTER = '\uFFFD';
const modes = { file: 0o644, executable: 0o755, directory: 0o755, symlink: 0o777 } as const;

/** One member of a listed tree. */
export interface ListedEntry {
  /** Relative to the tree, `/`-separated. */
  readonly path: string;
  readonly kind: 'file' | 'symlink' | 'directory';
  readonly mode: number;
  /** Where it is. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Content that is in no file. */
  readonly bytes?: Uint8Array;
  /** As written; only of links. */
  readonly linkTarget?: string;
}

/** What to list. */
export interface TreeQuery {
  /** A directory or a single file; links to either are followed. */
  readonly root: string;
  /** Absolute paths that are left out with everything below. */
  readonly exclude: readonly string[];
  readonly useGitignore: boolean;
}

/** See the file's head. Rejects with `SOURCE_NOT_FOUND` or `SOURCE_UNSAFE`. */
export async function listTree(query: TreeQuery): Promise<readonly ListedEntry[]> {
  const root = await guarded(query.root, () => realpath(query.root));
  const found = await guarded(root, () => lstat(root));
  if (!found.isDirectory()) {
    const only = await entryOf(root, basename(query.root));
    return only === undefined ? [] : [only];
  }
  const excluded = new Set(await Promise.all(query.exclude.map(resolved)));
  const walk = new TreeWalk(root, excluded, query.useGitignore);
  await walk.directory('', IgnoreRules.none);
  return walk.entries.toSorted((a, b) => compareBytes(a.path, b.path));
}

/** Lists the single files `paths` below a directory; those that aren't there are left out. */
export async function listFiles(
  root: string,
  paths: readonly string[],
): Promise<readonly ListedEntry[]> {
  const entries: ListedEntry[] = [];
  for (const path of paths) {
    const found = await lstatOf(join(root, path));
    if (found?.isFile() !== true) continue;
    const entry = await entryOf(join(root, path), path);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

async function lstatOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    const errno = systemErrorCode(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** Order of UTF-8 bytes. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A path that isn't there can't be met either. */
async function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

class TreeWalk {
  readonly entries: ListedEntry[] = [];
  readonly #root: string;
  readonly #excluded: ReadonlySet<string>;
  readonly #useGitignore: boolean;

  constructor(root: string, excluded: ReadonlySet<string>, useGitignore: boolean) {
    this.#root = root;
    this.#excluded = excluded;
    this.#useGitignore = useGitignore;
  }

  /** `base` is empty or ends with a slash. */
  async directory(base: string, outer: IgnoreRules): Promise<void> {
    const path = join(this.#root, base);
    const children = await guarded(path, () => readdir(path, { withFileTypes: true }));
    const names = new Set(children.map((child) => child.name));
    const rules = await this.#rulesOf(base, names, outer);
    for (const child of children) {
      const isDirectory = child.isDirectory();
      const relative = `${base}${child.name}`;
      const isLeftOut =
        child.name === '.git' ||
        this.#excluded.has(join(this.#root, relative)) ||
        rules.ignores(isDirectory ? `${relative}/` : relative);
      if (isLeftOut) continue;
      if (isDirectory) await this.directory(`${relative}/`, rules);
      else await this.#add(relative);
    }
    if (children.length === 0 && base !== '') await this.#add(base.slice(0, -1));
  }

  async #rulesOf(
    base: string,
    names: ReadonlySet<string>,
    outer: IgnoreRules,
  ): Promise<IgnoreRules> {
    const textOf = async (name: string): Promise<string | undefined> =>
      names.has(name) ? ruleText(join(this.#root, base, name)) : undefined;
    const conda = await textOf(ruleFileNames.conda);
    const git = this.#useGitignore ? await textOf(ruleFileNames.git) : undefined;
    return outer.within(base, { conda, git });
  }

  async #add(relative: string): Promise<void> {
    if (this.entries.length >= ENTRIES_MAX) {
      const text = `${this.#root} holds more than ${ENTRIES_MAX} files: is it the directory that you meant?`;
      throw new StageyardError('SOURCE_UNSAFE', text);
    }
    const entry = await entryOf(join(this.#root, relative), relative);
    if (entry !== undefined) this.entries.push(entry);
  }
}

/** Undefined for a directory named like a rule file. */
async function ruleText(path: string): Promise<string | undefined> {
  const found = await guarded(path, () => lstat(path));
  if (!found.isFile()) return undefined;
  if (found.size > RULE_FILE_BYTES_MAX) {
    throw new StageyardError(
      'SOURCE_UNSAFE',
      `${path} is larger than ${RULE_FILE_BYTES_MAX} bytes`,
    );
  }
  return guarded(path, () => readFile(path, 'utf8'));
}

async function entryOf(file: string, path: string): Promise<ListedEntry | undefined> {
  const found = await guarded(file, () => lstat(file));
  if (found.isFile()) {
    const mode = (found.mode & 0o100) === 0 ? modes.file : modes.executable;
    return { path, kind: 'file', mode, file, sizeBytes: found.size };
  }
  if (found.isSymbolicLink()) {
    const linkTarget = await guarded(file, () => readlink(file));
    return { path, kind: 'symlink', mode: modes.symlink, file, sizeBytes: 0, linkTarget };
  }
  if (found.isDirectory()) {
    return { path, kind: 'directory', mode: modes.directory, file, sizeBytes: 0 };
  }
  const text = `${file} is neither a file nor a directory nor a link: remove it, or name it in .condapackageignore`;
  throw new StageyardError('SOURCE_UNSAFE', text, { context: { path: file } });
}

/** Names the path; a name that the system can't give back isn't UTF-8. */
async function guarded<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const isAbsent = systemErrorCode(error) === 'ENOENT';
    if (isAbsent && path.includes(REPLACEMENT_CHARACTER)) {
      const text = `${path}: the name is not UTF-8, so it cannot be bundled: rename it`;
      throw new StageyardError('SOURCE_UNSAFE', text, { cause: error });
    }
    const what = isAbsent
      ? 'does not exist'
      : `cannot be read (${systemErrorCode(error) ?? 'unknown error'})`;
    const code = errorCodeOf(error, 'SOURCE_NOT_FOUND');
    throw new StageyardError(code, `${path} ${what}`, { cause: error, context: { path } });
  }
}
