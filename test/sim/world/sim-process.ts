/**
 * A process that can die or freeze. Everything it does goes through `through`: after a crash no promise
 * of it settles and no call of it has an effect any more; while it is paused both are held back. Its clock
 * is its own: wrong by an offset, a little too fast or too slow, and set right (or wrong) at any time.
 */
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Most microtasks between a port's answer and its arrival. */
const HOPS_MAX = 5;

/** How a process's clock differs from the world's. */
export interface Skew {
  readonly offsetMs: number;
  /** Milliseconds of this clock per millisecond of the world. */
  readonly rate: number;
}

/** What a process is made of. */
export interface SimProcessOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly skew: Skew;
}

/** See the file's head. */
export class SimProcess implements Clock {
  readonly name: string;
  readonly #options: SimProcessOptions;
  readonly #startMs: number;
  readonly #crashed = new AbortController();
  #offsetMs: number;
  #pause: PromiseWithResolvers<void> | undefined;

  constructor(options: SimProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.#offsetMs = options.skew.offsetMs;
    this.#startMs = options.clock.nowMs();
  }

  get isAlive(): boolean {
    return !this.#crashed.signal.aborted;
  }

  get isPaused(): boolean {
    return this.#pause !== undefined;
  }

  /** Aborted when the process dies: servers notice that the connection is gone. */
  get connection(): AbortSignal {
    return this.#crashed.signal;
  }

  crash(): void {
    this.#crashed.abort(new Error('the process is dead'));
    this.resume();
  }

  pause(): void {
    this.#pause ??= Promise.withResolvers();
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  /** Somebody sets the clock. */
  stepClock(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** Performs a call for this process. */
  async through<T>(call: () => Promise<T>): Promise<T> {
    await this.#passable();
    const outcome = await Promise.allSettled([call()]);
    const hops = this.#options.random.integer(`hops.${this.name}`, 0, HOPS_MAX);
    for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
    await this.#passable();
    const [settled] = outcome;
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  }

  nowMs(): number {
    const { clock, skew } = this.#options;
    const ownMs = (clock.nowMs() - this.#startMs) * skew.rate;
    return Math.round(this.#startMs + ownMs + this.#offsetMs);
  }

  sleep(delayMs: number, signal?: AbortSignalLike): Promise<void> {
    const { clock, skew } = this.#options;
    return this.through(() => clock.sleep(delayMs / skew.rate, signal));
  }

  async #passable(): Promise<void> {
    while (this.#pause !== undefined && this.isAlive) await this.#pause.promise;
    if (!this.isAlive) await new Promise<never>(() => undefined);
  }
}
