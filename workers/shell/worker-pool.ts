/**
 * A worker: N slots, each of which takes one task at a time from the pool's queue. Answers the
 * coordinator's questions about what it is doing. Leaves when drained or stopped.
 *
 *     drain   no new task; running ones finish
 *     stop    no new task; running ones are aborted and handed back
 */
import { controlText, readWorkerRequest } from '#proto/control-messages.ts';
import { wrapError } from '#proto/errors.ts';
import { decodeTaskOffer } from '#proto/messages/task-codec.ts';
import type { Subscription, TaskDelivery } from '#proto/ports/bus.ts';
import type { TaskOffer } from '#proto/task-messages.ts';
import type { RunningAttempt } from '#proto/worker-messages.ts';
import { Session, type SessionPorts } from './session.ts';

/** Longest wait for a message before asking again; shorter where there are several queues to look at. */
const PULL_WAIT_MS = 30_000;
const SHORT_PULL_WAIT_MS = 1_000;
/** Pause after the bus failed. */
const PULL_RETRY_MS = 1_000;
/** A message that can't be read may be meant for a newer worker. */
const UNREADABLE_RELEASE_MS = 60_000;

/** What a pool works with. */
export interface WorkerPoolOptions extends SessionPorts {
  /** Names of the pools to pull from; asked before each look. */
  readonly pools: () => readonly string[];
  /** Tasks at a time. */
  readonly slots: number;
}

/** See the file's head. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #noMore = new AbortController();
  readonly #sessions = new Map<string, Session>();
  #slots: readonly Promise<void>[] = [];
  #requests: Subscription | undefined;

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts pulling; resolves when the worker answers questions. */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    pool.#requests = await options.bus.serveRequests(options.worker, (body) => pool.#answer(body));
    pool.#slots = Array.from({ length: options.slots }, (_, slot) => pool.#runSlot(slot));
    return pool;
  }

  /** What is being done now. */
  get running(): readonly RunningAttempt[] {
    return [...this.#sessions.values()].map(({ subject }) => {
      const { run, generation, task, epoch, kind } = subject.offer;
      return { run, generation, task, epoch, kind, title: task };
    });
  }

  /** Number of tasks that are being done now. */
  get runningCount(): number {
    return this.#sessions.size;
  }

  /** Takes no new task; resolves when the running ones are finished. */
  async drain(): Promise<void> {
    this.#noMore.abort();
    await Promise.all(this.#slots);
    await this.#requests?.stop();
  }

  /** Aborts the running tasks and hands them back; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#noMore.abort();
    for (const session of this.#sessions.values()) session.interfere('stopped');
    await this.drain();
  }

  async #runSlot(slot: number): Promise<void> {
    while (!this.#noMore.signal.aborted) {
      const delivery = await this.#pull();
      if (delivery !== undefined) await this.#take(delivery, slot);
    }
  }

  /** Urgent work of all pools first, without waiting; then the normal lanes. */
  async #pull(): Promise<TaskDelivery | undefined> {
    const { bus, clock, logger } = this.#options;
    const { signal } = this.#noMore;
    const pools = this.#options.pools();
    const waitMs = pools.length > 1 ? SHORT_PULL_WAIT_MS : PULL_WAIT_MS;
    try {
      for (const lane of ['u', 'n'] as const) {
        for (const pool of pools) {
          const found = await bus.pull({ pool, lane }, lane === 'u' ? 0 : waitMs, signal);
          if (found !== undefined) return found;
        }
      }
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      logger.warn({ cause: wrapError(error, 'pull').message }, 'no tasks can be fetched');
      await clock.sleep(PULL_RETRY_MS, signal).catch(() => undefined);
      return undefined;
    }
  }

  async #take(delivery: TaskDelivery, slot: number): Promise<void> {
    const offer = await this.#decode(delivery);
    if (offer === undefined) return;
    if (this.#noMore.signal.aborted) return this.#handBack(delivery, 0);
    const name = attemptName(offer);
    const running = this.#sessions.get(name);
    if (running !== undefined) return running.adopt(delivery);
    const session = new Session(this.#options, { delivery, offer, slot });
    this.#sessions.set(name, session);
    try {
      await session.run();
    } catch (error) {
      const { stack: cause } = wrapError(error, name);
      this.#options.logger.error({ task: offer.task, cause }, 'a session ended by a bug');
      await this.#handBack(delivery, UNREADABLE_RELEASE_MS);
    } finally {
      this.#sessions.delete(name);
    }
  }

  async #decode(delivery: TaskDelivery): Promise<TaskOffer | undefined> {
    try {
      return decodeTaskOffer(delivery.body);
    } catch (error) {
      const cause = wrapError(error, 'task offer').message;
      this.#options.logger.error({ cause }, 'an offer that this worker cannot read is handed back');
      await this.#handBack(delivery, UNREADABLE_RELEASE_MS);
      return undefined;
    }
  }

  async #handBack(delivery: TaskDelivery, delayMs: number): Promise<void> {
    try {
      await delivery.release(delayMs);
    } catch (error) {
      const cause = wrapError(error, 'release').message;
      this.#options.logger.warn({ cause }, 'a delivery will come again when its lease ends');
    }
  }

  async #answer(body: Uint8Array): Promise<Uint8Array> {
    const { kind, attempt } = readWorkerRequest(new TextDecoder().decode(body));
    const session = this.#sessions.get(attemptName(attempt));
    if (kind === 'cancel') session?.interfere('cancelled');
    return new TextEncoder().encode(controlText({ holds: session !== undefined }));
  }
}

function attemptName(name: Pick<TaskOffer, 'run' | 'generation' | 'task' | 'epoch'>): string {
  return `${name.run}/${name.generation}/${name.task}#${name.epoch}`;
}
