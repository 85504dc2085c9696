/** The machine's clock. */
import type { AbortSignalLike, Clock } from '../ports/clock.ts';

/** `setTimeout` fires at once above this; longer sleeps are taken in pieces. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** `nowMs` is wall-clock time; a sleep that is aborted leaves no timer behind. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(delayMs, signal) {
    let leftMs = delayMs;
    while (leftMs > TIMER_MS_MAX) {
      await oneTimer(TIMER_MS_MAX, signal);
      leftMs -= TIMER_MS_MAX;
    }
    await oneTimer(leftMs, signal);
  },
};

/** For spans of time within one process: `nowMs` counts from its start and never steps. */
export const monotonicClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (delayMs, signal) => systemClock.sleep(delayMs, signal),
};

function oneTimer(delayMs: number, signal: AbortSignalLike | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
