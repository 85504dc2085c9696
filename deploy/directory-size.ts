/** How much room a tree takes: allocated blocks, hard links counted once. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK_BYTES = 512;
/** A store with more entries is described by what was counted until then. */
const ENTRIES_MAX = 200_000;

/** Size in bytes; entries that vanish meanwhile count as nothing. */
export async function directorySizeBytes(root: string): Promise<number> {
  const seen = new Set<number>();
  const pending = [root];
  let size = 0;
  let count = 0;
  for (let path = pending.pop(); path !== undefined && count < ENTRIES_MAX; path = pending.pop()) {
    count += 1;
    const stat = await lstat(path).catch(() => undefined);
    if (stat === undefined || seen.has(stat.ino)) continue;
    seen.add(stat.ino);
    size += stat.blocks * BLOCK_BYTES;
    if (stat.isDirectory())
      for (const name of await readdir(path).catch(() => [])) pending.push(join(path, name));
  }
  return size;
}
