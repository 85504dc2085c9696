/**
 * One writer at a time for a channel directory, across processes. The lock is SQLite's on an empty
 * file: the kernel's, so it ends with the process however that ends, and nothing has to be judged
 * stale. It needs a file system that locks (a network share without locks serves one writer only).
 */
import { DatabaseSync } from 'node:sqlite';
import { StageyardError } from '#proto/errors.ts';
import { type AbortSignalLike, type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';

/** Longest wait: another process's whole batch of large packages. */
const WAIT_MS_MAX = 10 * 60_000;
const PAUSE_MS_MIN = 10;
const PAUSE_MS_MAX = 500;
const SQLITE_BUSY = 5;
const PRIMARY_CODE_MASK = 0xff;

/** How to wait for it. */
export interface LockOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly signal?: AbortSignalLike | undefined;
}

/** Runs `step` alone. Rejects with `OUTPUT_UNWRITABLE` when others keep the lock for ten minutes. */
export async function withChannelLock<T>(options: LockOptions, step: () => Promise<T>): Promise<T> {
  const database = new DatabaseSync(options.path, { timeout: 0 });
  try {
    await acquire(database, options);
    return await step();
  } finally {
    database.close();
  }
}

async function acquire(
  database: DatabaseSync,
  { path, clock, signal }: LockOptions,
): Promise<void> {
  const untilMs = clock.nowMs() + WAIT_MS_MAX;
  for (let pauseMs = PAUSE_MS_MIN; !isAcquired(database); pauseMs *= 2) {
    if (clock.nowMs() > untilMs) {
      const text = `${path} has been locked by another process for ${WAIT_MS_MAX / 60_000} minutes: is it still publishing?`;
      throw new StageyardError('OUTPUT_UNWRITABLE', text, { context: { path } });
    }
    if (!(await pauseUnlessAborted(clock, Math.min(pauseMs, PAUSE_MS_MAX), signal))) {
      const cause = signal?.reason;
      throw new StageyardError('CANCELLED', `waiting for ${path} was cancelled`, { cause });
    }
  }
}

function isAcquired(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && (error.errcode & PRIMARY_CODE_MASK) === SQLITE_BUSY;
}
