/** A clock that the test moves: sleepers wake in order of their time, and what they cause runs before the next one. */
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** Chains of promises longer than this between two sleepers are not waited for. */
const MICROTASK_TURNS = 50;

/** See the file's head. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startMs = 1_760_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many are asleep: 0 proves that nothing was left behind. */
  get sleeperCount(): number {
    return this.#sleepers.size;
  }

  sleep(delayMs: number, signal?: AbortSignalLike): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper = { wakeAtMs: this.#nowMs + delayMs, wake };
      signal?.addEventListener('abort', stop, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Moves time forward; resolves when everything that was due has run. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#nextUntil(untilMs); next !== undefined; next = this.#nextUntil(untilMs)) {
      this.#sleepers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.wakeAtMs);
      next.wake();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #nextUntil(untilMs: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      const isEarlier = first === undefined || sleeper.wakeAtMs < first.wakeAtMs;
      if (sleeper.wakeAtMs <= untilMs && isEarlier) first = sleeper;
    }
    return first;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < MICROTASK_TURNS; turn += 1) await Promise.resolve();
}
