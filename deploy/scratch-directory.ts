/** Temporary directories of processes that may be killed: the next one removes what they left. */
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentProcessIdentity, isKnownDead } from '#proto/adapters/process-identity.ts';
import { systemErrorCode } from '#proto/errors.ts';

/** What `mkdtemp` appends. */
const RANDOM_PART = /-[A-Za-z0-9]{6}$/;

/** Makes one; `purpose` is part of its name. Those of the same purpose whose process is known dead go. */
export async function newScratchDirectory(purpose: string): Promise<string> {
  const prefix = `stageyard-${purpose}-`;
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix) || !RANDOM_PART.test(name)) continue;
    const identity = name.slice(prefix.length).replace(RANDOM_PART, '');
    if (isKnownDead(identity)) await removeLeftover(join(tmpdir(), name));
  }
  return mkdtemp(join(tmpdir(), `${prefix}${currentProcessIdentity()}-`));
}

/** Another user's can't be removed, and need not be. */
async function removeLeftover(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    if (systemErrorCode(error) === undefined) throw error;
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Those that go when a signal ends the process. */
const living = new Set<string>();

/** Gives `use` a directory that is gone afterwards, also after Ctrl-C where nobody else listens for it. */
export async function withScratchDirectory<T>(
  purpose: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await newScratchDirectory(purpose);
  if (living.size === 0) for (const signal of SIGNALS) process.on(signal, endBySignal);
  living.add(directory);
  try {
    return await use(directory);
  } finally {
    living.delete(directory);
    if (living.size === 0) stopListening();
    await rm(directory, { recursive: true, force: true });
  }
}

function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  for (const directory of living) rmSync(directory, { recursive: true, force: true });
  stopListening();
  process.kill(process.pid, signal);
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, endBySignal);
}
