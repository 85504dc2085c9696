/**
 * Files that take minutes to make are made once on a machine: one process makes one, the others wait for it. Who dies
 * meanwhile leaves nothing that anybody waits for or trips over.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { currentProcessIdentity, isKnownDead } from '#proto/adapters/process-identity.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';

const SCRATCH = '.scratch-';
/** Nothing is known of an owner on another machine: longer than anything takes. */
const STALE_LOCK_MS = 30 * 60_000;
const PAUSE_MS = 500;

/**
 * Makes the file with a scratch directory beside it, unless it is there. `make` answers where it put it; `onWaiting` is
 * called once when another process makes it.
 */
export async function onceOnMachine(
  path: string,
  make: (scratch: string) => Promise<string>,
  onWaiting: () => void = () => undefined,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const lock = `${path}.lock`;
  for (let looks = 0; ; looks += 1) {
    if (existsSync(path)) return;
    if (await isTaken(lock)) break;
    if (looks === 1) onWaiting();
    await systemClock.sleep(PAUSE_MS);
  }
  const name = `${SCRATCH}${basename(path)}@${currentProcessIdentity()}`;
  const scratch = join(dirname(path), name);
  try {
    await removeLitter(dirname(path));
    await mkdir(scratch, { recursive: true });
    await rename(await make(scratch), path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await rm(lock, { recursive: true, force: true });
  }
}

async function isTaken(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    await writeFile(join(lock, 'owner'), currentProcessIdentity());
    return true;
  } catch {
    if (await isAbandoned(lock)) await rm(lock, { recursive: true, force: true });
    return false;
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  const owner = await readFile(join(lock, 'owner'), 'utf8').catch(() => '');
  if (isKnownDead(owner)) return true;
  // Gone meanwhile: the next look takes it.
  const found = await stat(lock).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > STALE_LOCK_MS;
}

async function removeLitter(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = name.startsWith(SCRATCH) ? name.slice(name.lastIndexOf('@') + 1) : '';
    if (!isKnownDead(owner)) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}
