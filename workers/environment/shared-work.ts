/**
 * Work that several tasks want at once is done once. Each of them may be cancelled by itself: the one
 * that started the work takes it down with it, and the next one starts it anew.
 */
import { StageyardError } from '#proto/errors.ts';

/** Downloads and unpackings at the same time. */
const LANE_COUNT_MAX = 4;

/** Settles like `work`, or rejects with `CANCELLED` as soon as the signal says so. */
export async function unlessCancelled<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new StageyardError('CANCELLED', 'it was cancelled'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * The result of `find()` (work that is under way, if any), else of `start()`. Work that ended because
 * another task was cancelled is no answer for this one.
 */
export async function shareWork<T>(share: {
  readonly find: () => Promise<T> | undefined;
  readonly start: () => Promise<T>;
  readonly signal?: AbortSignal | undefined;
}): Promise<T> {
  for (let open = share.find(); open !== undefined; open = share.find()) {
    try {
      return await unlessCancelled(open, share.signal);
    } catch (error) {
      const isOthersEnd = error instanceof StageyardError && error.code === 'CANCELLED';
      if (!isOthersEnd || share.signal?.aborted === true) throw error;
    }
  }
  return await share.start();
}

/** All values in order; rejects with the first failure of the list once nothing runs any more. */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Runs `work` on all items, a few at a time, and keeps their order. After a failure nothing new is started. */
export async function mapFew<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item === undefined) continue;
      try {
        results[index] = await work(item);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await settleAll(Array.from({ length: Math.min(LANE_COUNT_MAX, items.length) }, lane));
  return results;
}
