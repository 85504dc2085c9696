/**
 * Which queues a worker pulls from: its platform's, and those with needs that it meets. The coordinator announces the
 * latter; they are looked up now and then.
 */
import { wrapError } from '#proto/errors.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { RunRegister } from '#proto/ports/run-register.ts';
import { meetsRequirements, type WorkerAbilities } from '#proto/task-requests.ts';

/** Between two looks. */
const LOOK_PAUSE_MS = 5_000;

/** What it works with. */
export interface PoolWatchOptions {
  readonly register: RunRegister;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly able: WorkerAbilities;
}

/** See the file's head. */
export class PoolWatch {
  readonly #options: PoolWatchOptions;
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;
  #pools: readonly string[];

  constructor(options: PoolWatchOptions) {
    this.#options = options;
    this.#pools = [options.able.platform];
    this.#loop = this.#run();
  }

  /** Names of the queues, the platform's own last: work that few can do comes first. */
  get pools(): readonly string[] {
    return this.#pools;
  }

  /** Looks no more. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { register, clock, logger, able } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        const known = await register.readPools();
        const fit = known.filter((needs) => meetsRequirements(able, needs));
        this.#pools = [...fit.map(({ pool }) => pool), able.platform];
      } catch (error) {
        const cause = wrapError(error, 'register of queues').message;
        logger.debug({ cause }, 'queues with needs cannot be looked up');
      }
      await pauseUnlessAborted(clock, LOOK_PAUSE_MS, signal);
    }
  }
}
