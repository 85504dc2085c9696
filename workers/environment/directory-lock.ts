/**
 * A lock between processes of one machine: a file that is created exclusively and names its owner.
 * A lock whose owner is gone is taken over, so a killed process blocks nobody.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { StageyardError, systemErrorCode } from '#proto/errors.ts';

const POLL_MS = 20;
/** Unpacking the largest package takes minutes; a lock held for longer than this is an error. */
const WAIT_MS_MAX = 30 * 60_000;
/** A lock file without a readable owner is being written; after this it was left behind. */
const OWNERLESS_MS_MAX = 5000;

function tryCreate(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

function ageMs(path: string): number {
  return Date.now() - statSync(path).mtimeMs;
}

function isAbandoned(path: string): boolean {
  const pid = Number(readFileSync(path, 'utf8'));
  const isOwned = Number.isSafeInteger(pid) && pid > 0;
  return isOwned ? !isAlive(pid) : ageMs(path) > OWNERLESS_MS_MAX;
}

/**
 * Removes the file if its owner is gone. Only who holds a second file may do that: otherwise of two
 * that notice it at once the slower one would remove the lock that the faster one took meanwhile.
 */
function breakIfAbandoned(path: string): void {
  const breaker = `${path}.breaking`;
  try {
    if (!isAbandoned(path)) return;
    if (!tryCreate(breaker)) {
      if (ageMs(breaker) > OWNERLESS_MS_MAX) rmSync(breaker, { force: true });
      return;
    }
    try {
      if (isAbandoned(path)) rmSync(path, { force: true });
    } finally {
      rmSync(breaker, { force: true });
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

/** What {@link withLock} needs to know. */
export interface LockOptions {
  /** Called once if somebody else holds the lock. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
}

const heldHere = new Map<string, Promise<unknown>>();

/** Runs `work` while this process, and in it only this call, holds the lock file at `path`. */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const before = heldHere.get(path) ?? Promise.resolve();
  const turn = before.then(() => acquireAndRun(path, work, options));
  const settled = turn.then(
    () => undefined,
    () => undefined,
  );
  heldHere.set(path, settled);
  try {
    return await turn;
  } finally {
    if (heldHere.get(path) === settled) heldHere.delete(path);
  }
}

async function acquireAndRun<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions,
): Promise<T> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  let hasReported = false;
  while (!tryCreate(path)) {
    if (options.signal?.aborted === true)
      throw new StageyardError('CANCELLED', 'waiting for a lock was cancelled');
    if (performance.now() > deadlineMs) {
      throw new StageyardError(
        'STORE_UNWRITABLE',
        `${path} is held by another process; remove it if none runs`,
      );
    }
    if (!hasReported) options.onWait?.();
    hasReported = true;
    breakIfAbandoned(path);
    await pause(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
