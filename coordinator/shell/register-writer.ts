/** Keeps the register of runs up to date: newest standing of each run, written again until the bus took it. */
import { wrapError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { PoolRequirements, RunRegister, RunStanding } from '#proto/ports/run-register.ts';

/** Pause after the bus was away. */
const REPEAT_PAUSE_MS = 2_000;

/** What it works with. */
export interface RegisterWriterOptions {
  readonly register: RunRegister;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly term: number;
  readonly signal: AbortSignal;
}

/** See the file's head. */
export class RegisterWriter {
  readonly #options: RegisterWriterOptions;
  readonly #due = new Map<RunId, RunStanding>();
  #pools: readonly PoolRequirements[] | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: RegisterWriterOptions) {
    this.#options = options;
  }

  /** Writes how a run stands, soon. */
  set(run: RunId, standing: Omit<RunStanding, 'term'>): void {
    this.#due.set(run, { ...standing, term: this.#options.term });
    this.#loop ??= this.#work();
  }

  /** Writes which pools there are, soon. */
  setPools(pools: readonly PoolRequirements[]): void {
    this.#pools = pools;
    this.#loop ??= this.#work();
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#loop;
  }

  async #work(): Promise<void> {
    const { clock, logger, signal } = this.#options;
    while (!signal.aborted && (this.#due.size > 0 || this.#pools !== undefined)) {
      try {
        await this.#writeOne();
      } catch (error) {
        const cause = wrapError(error, 'register of runs').message;
        logger.warn({ cause }, 'workers cannot be told how runs stand; it is tried again');
        await pauseUnlessAborted(clock, REPEAT_PAUSE_MS, signal);
      }
    }
    this.#loop = undefined;
  }

  async #writeOne(): Promise<void> {
    const { register, term } = this.#options;
    const pools = this.#pools;
    if (pools !== undefined) {
      await register.publishPools(term, pools);
      if (this.#pools === pools) this.#pools = undefined;
    }
    const [next] = this.#due;
    if (next === undefined) return;
    const [run, standing] = next;
    await register.publish(run, standing);
    if (this.#due.get(run) === standing) this.#due.delete(run);
  }
}
