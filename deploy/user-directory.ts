/**
 * Directories that a user names: the output directory, the store. Made one by one from the first one that is
 * missing, since the runtime's own recursive mkdir never returns below a place where nothing can be made (`/proc`).
 */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf, StageyardError, systemErrorCode } from '#proto/errors.ts';

/** What the directory is, for messages. */
export interface UserDirectory {
  /** Absolute. */
  readonly path: string;
  /** `the output directory`. */
  readonly what: string;
  /** `--output-dir`. */
  readonly flag: string;
  readonly code: 'OUTPUT_UNWRITABLE' | 'STORE_UNWRITABLE';
}

/** Makes the directory and finds out whether it can be written. Rejects with `code` or `DISK_FULL`. */
export async function makeUserDirectory(directory: UserDirectory): Promise<void> {
  try {
    for (const path of await missingDirectories(directory.path)) await makeOne(path);
    await access(directory.path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(directory, error);
  }
}

/** Words for a failure to write there. */
export function unwritable(
  { path, what, flag, code }: UserDirectory,
  error: unknown,
): StageyardError {
  const actual = errorCodeOf(error, code);
  const why = error instanceof Error ? error.message : String(error);
  const remedy =
    actual === 'DISK_FULL'
      ? `free disk space, or choose another with ${flag}`
      : `choose another with ${flag}`;
  return new StageyardError(actual, `cannot write to ${what} ${path}: ${why}\n  ${remedy}`, {
    context: { path },
    cause: error,
  });
}

/** From the outermost inwards; the first that exists must be a directory. */
async function missingDirectories(path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let current = path; ; current = dirname(current)) {
    try {
      if ((await stat(current)).isDirectory()) return missing.toReversed();
      throw new Error(`${current} is not a directory`);
    } catch (error) {
      const code = systemErrorCode(error);
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(current) === current) throw error;
      missing.push(current);
    }
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    // Another process was faster.
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}
