/**
 * What a directory holds, in the order of its bytes: files, links, and those directories that a restore
 * would not make by itself (empty ones, and ones with other permissions than 0755). Links are never
 * followed. Sockets, pipes and devices can't be stored: they are listed apart.
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { compareBytes } from '#proto/byte-order.ts';
import { StageyardError } from '#proto/errors.ts';

/** Nothing that a build leaves comes near; a loop of mounts does. */
const ENTRIES_MAX = 5_000_000;
const DIRECTORY_MODE_USUAL = 0o755;

/** One entry. `path` is relative, `/`-separated. */
export interface TreeEntry {
  readonly path: string;
  readonly kind: 'file' | 'symlink' | 'directory';
  readonly mode: number;
  readonly sizeBytes: number;
  /** Whole seconds, rounded down. */
  readonly mtimeSeconds: number;
  readonly linkTarget?: string;
}

/** See {@link walkTree}. */
export interface Tree {
  readonly entries: readonly TreeEntry[];
  /** Paths of sockets, pipes and devices. */
  readonly unstorable: readonly string[];
}

/**
 * Walks a directory; `isLeftOut` gets relative paths, a left out directory is left out whole. A directory
 * that doesn't exist is empty. Throws the system's errors, and `PACKAGE_CONTENT` on names that aren't
 * UTF-8.
 */
export function walkTree(root: string, isLeftOut: (path: string) => boolean = () => false): Tree {
  const entries: TreeEntry[] = [];
  const unstorable: string[] = [];
  const pending = lstatSync(root, { throwIfNoEntry: false }) === undefined ? [] : [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    let childCount = 0;
    for (const child of readdirSync(`${root}/${directory}`, { withFileTypes: true })) {
      const path = directory === '' ? child.name : `${directory}/${child.name}`;
      if (isLeftOut(path)) continue;
      childCount += 1;
      if (child.isDirectory()) pending.push(path);
      else if (child.isFile() || child.isSymbolicLink()) entries.push(entryOf(root, path));
      else unstorable.push(path);
    }
    if (directory !== '') keepDirectory(entries, { root, directory, isEmpty: childCount === 0 });
    if (entries.length > ENTRIES_MAX) {
      throw captureFailed(root, `it holds more than ${ENTRIES_MAX} files`);
    }
  }
  return {
    entries: entries.sort((a, b) => compareBytes(a.path, b.path)),
    unstorable: unstorable.sort(compareBytes),
  };
}

function keepDirectory(
  entries: TreeEntry[],
  { root, directory, isEmpty }: { root: string; directory: string; isEmpty: boolean },
): void {
  const entry = entryOf(root, directory);
  if (isEmpty || entry.mode !== DIRECTORY_MODE_USUAL) entries.push(entry);
}

function entryOf(root: string, path: string): TreeEntry {
  if (path.includes('\ufffd')) {
    throw new StageyardError(
      'PACKAGE_CONTENT',
      `${path}: its name is not UTF-8 and can't be in a snapshot: rename or remove it in the script`,
    );
  }
  const state = lstatSync(`${root}/${path}`);
  const common = {
    path,
    mode: state.mode & 0o7777,
    mtimeSeconds: Math.floor(state.mtimeMs / 1000),
  };
  if (state.isSymbolicLink()) {
    return {
      ...common,
      kind: 'symlink',
      sizeBytes: 0,
      linkTarget: readlinkSync(`${root}/${path}`),
    };
  }
  if (state.isDirectory()) return { ...common, kind: 'directory', sizeBytes: 0 };
  return { ...common, kind: 'file', sizeBytes: state.size };
}

function captureFailed(what: string, why: string): StageyardError {
  return new StageyardError(
    'STAGING_CAPTURE_FAILED',
    `${what} cannot be stored in the snapshot: ${why}`,
  );
}
