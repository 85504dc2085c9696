/**
 * Removes trees that builds leave behind. Packages and caches (Go modules, some test suites) leave
 * directories without write permission, in which nothing can be unlinked: those get the owner's
 * permissions back and the removal is tried once more.
 */
import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '#proto/errors.ts';

/** Removes `path` and everything below it; absent is fine. Links are removed, never followed. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const errno = systemErrorCode(error);
    if (errno !== 'EACCES' && errno !== 'EPERM' && errno !== 'ENOTEMPTY') throw error;
    await openDirectories(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** Removes everything in a directory but the entries named in `keep`; the directory stays. */
export async function emptyDirectory(path: string, keep: readonly string[] = []): Promise<void> {
  for (const name of await readdir(path)) {
    if (!keep.includes(name)) await removeTree(join(path, name));
  }
}

async function openDirectories(top: string): Promise<void> {
  const pending = [top];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const state = await lstat(path);
    if (!state.isDirectory()) continue;
    if ((state.mode & 0o700) !== 0o700) await chmod(path, 0o700);
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory()) pending.push(join(path, entry.name));
    }
  }
}
