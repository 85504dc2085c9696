/** Listing a directory tree: every path below it, links not followed, sorted by bytes. */
import { readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { compareBytes } from '#proto/byte-order.ts';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';

const ENTRIES_MAX = 4_000_000;

/** One path of a tree. `other`: a socket, pipe or device. */
export interface TreeEntry {
  /** Relative to the root, `/`-separated. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
}

function kindOf(entry: Dirent): TreeEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw wrapError(error, `while listing ${directory}`);
  }
}

function notUtf8(path: string): StageyardError {
  return new StageyardError(
    'PACKAGE_CONTENT',
    `${path}: its name is not UTF-8 and can't be in a package: rename or remove it in the script`,
  );
}

/**
 * Lists what is below `root`; nothing where it does not exist. `skip` answers true for directories
 * that are not entered (they are left out as well).
 */
export function listTree(root: string, skip?: (path: string) => boolean): TreeEntry[] {
  const found: TreeEntry[] = [];
  const pending = [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of entriesOf(directory === '' ? root : `${root}/${directory}`)) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      // What stands for bytes that aren't UTF-8: by this name nothing can be opened.
      if (entry.name.includes('\ufffd')) throw notUtf8(path);
      const kind = kindOf(entry);
      if (kind === 'directory') {
        if (skip?.(path) === true) continue;
        pending.push(path);
      }
      found.push({ path, kind });
    }
    if (found.length > ENTRIES_MAX) {
      throw new StageyardError('PACKAGE_CONTENT', `${root} holds more than ${ENTRIES_MAX} files`);
    }
  }
  return found.sort((left, right) => compareBytes(left.path, right.path));
}
