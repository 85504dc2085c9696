/** Virtual time: nothing waits in reality; sleepers wake one by one, in order of time and arrival. */
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/** See the file's head. */
export class SimClock implements Clock {
  #nowMs = 1_000_000;
  #count = 0;
  readonly #sleepers = new Set<Sleeper>();

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(delayMs: number, signal?: AbortSignalLike): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      this.#count += 1;
      const atMs = this.#nowMs + Math.max(0, Math.ceil(delayMs));
      const sleeper: Sleeper = { atMs, order: this.#count, wake };
      signal?.addEventListener('abort', stop, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Moves to the next sleeper's time and wakes it; false when nobody sleeps. */
  step(): boolean {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      const isEarlier =
        next === undefined ||
        sleeper.atMs < next.atMs ||
        (sleeper.atMs === next.atMs && sleeper.order < next.order);
      if (isEarlier) next = sleeper;
    }
    if (next === undefined) return false;
    this.#sleepers.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.wake();
    return true;
  }
}
