/**
 * A process that can die or freeze. Everything it does goes through `through`: after a crash no promise
 * of it settles and no call of it has an effect any more; while it is paused both are held back.
 */
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Most microtasks between a port's answer and its arrival. */
const HOPS_MAX = 5;

/** See the file's head. */
export class SimProcess implements Clock {
  readonly name: string;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #crashed = new AbortController();
  #pause: PromiseWithResolvers<void> | undefined;

  constructor(name: string, clock: Clock, random: SeededRandom) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
  }

  get isAlive(): boolean {
    return !this.#crashed.signal.aborted;
  }

  /** Aborted when the process dies: servers notice that the connection is gone. */
  get connection(): AbortSignal {
    return this.#crashed.signal;
  }

  crash(): void {
    this.#crashed.abort(new Error('the process is dead'));
  }

  pause(): void {
    this.#pause ??= Promise.withResolvers();
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  /** Performs a call for this process. */
  async through<T>(call: () => Promise<T>): Promise<T> {
    await this.#passable();
    const outcome = await Promise.allSettled([call()]);
    const hops = this.#random.integer(`hops.${this.name}`, 0, HOPS_MAX);
    for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
    await this.#passable();
    const [settled] = outcome;
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  sleep(delayMs: number, signal?: AbortSignalLike): Promise<void> {
    return this.through(() => this.#clock.sleep(delayMs, signal));
  }

  async #passable(): Promise<void> {
    while (this.#pause !== undefined && this.isAlive) await this.#pause.promise;
    if (!this.isAlive) await new Promise<never>(() => undefined);
  }
}
