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
import type { QueueName, Subscription, TaskDelivery } from '#proto/ports/bus.ts';
import { pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { TaskOffer } from '#proto/task-messages.ts';
import { meetsRequirements, type WorkerAbilities } from '#proto/task-requests.ts';
import type { RunningAttempt } from '#proto/worker-messages.ts';
import { type EndedAttempt, healthAfter, isResting, wellWorker } from '#workers/core/health.ts';
import { Session, type SessionPorts } from './session.ts';
import { worthOf } from './standings.ts';

/** Longest wait for a message before asking again; shorter where there are several queues to look at. */
const PULL_WAIT_MS = 30_000;
const SHORT_PULL_WAIT_MS = 1_000;
/** After a look at the urgent lanes that found nothing. */
const URGENT_PAUSE_MS = 1_000;
/** Pause after the bus failed. */
const PULL_RETRY_MS = 1_000;
/** A message of a newer protocol may be meant for a newer worker. */
const UNREADABLE_RELEASE_MS = 60_000;
/** Another worker of the queue may have what this one lacks. */
const LACKING_RELEASE_MS = 5_000;

/** What a pool works with. */
export interface WorkerPoolOptions extends SessionPorts {
  /** Names of the pools to pull from; asked before each look. */
  readonly pools: () => readonly string[];
  /** Tasks at a time. */
  readonly slots: number;
  /** Longest wait at one queue; a new queue is noticed after it. */
  readonly pullWaitMs?: number;
  /** What it has: an offer that needs more is handed back. Absent: everything. */
  readonly able?: WorkerAbilities;
  /** Called when an attempt begins or ends. */
  readonly onChange?: () => void;
  /** Called when it begins to rest, with the last failure. */
  readonly onSick?: (cause: string) => void;
}

/** See the file's head. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #noMore = new AbortController();
  readonly #sessions = new Map<string, Session>();
  /** Ends of sessions; some of them have no slot any more. */
  readonly #open = new Set<Promise<void>>();
  #slots: readonly Promise<void>[] = [];
  #health = wellWorker;
  #requests: Subscription | undefined;
  /** When the urgent lanes were empty last. */
  #notUrgentAtMs: number | undefined;

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

  /** True while it takes no tasks because attempt after attempt failed on this machine. */
  get isSick(): boolean {
    return isResting(this.#health, this.#options.clock.nowMs());
  }

  /** Number of tasks that are being done now. */
  get runningCount(): number {
    return this.#sessions.size;
  }

  /** Takes no new task; resolves when the running ones are finished. */
  async drain(): Promise<void> {
    this.#noMore.abort();
    await Promise.all(this.#slots);
    await Promise.all(this.#open);
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
      const restMs = this.#health.restsUntilMs - this.#options.clock.nowMs();
      if (restMs > 0) await pauseUnlessAborted(this.#options.clock, restMs, this.#noMore.signal);
      const delivery = await this.#pull();
      if (delivery !== undefined) await this.#take(delivery, slot);
    }
  }

  /** Urgent work of all pools first, without waiting (and not again and again); then the normal lanes. */
  async #pull(): Promise<TaskDelivery | undefined> {
    const { bus, clock, logger } = this.#options;
    const { signal } = this.#noMore;
    const pools = this.#options.pools();
    const { pullWaitMs = PULL_WAIT_MS } = this.#options;
    const waitMs = pools.length > 1 ? SHORT_PULL_WAIT_MS : pullWaitMs;
    try {
      for (const lane of this.#lanes()) {
        for (const pool of pools) {
          const found = await bus.pull({ pool, lane }, lane === 'u' ? 0 : waitMs, signal);
          if (found !== undefined) return found;
        }
        if (lane === 'u') this.#notUrgentAtMs = clock.nowMs();
      }
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      logger.warn({ cause: wrapError(error, 'pull').message }, 'no tasks can be fetched');
      await pauseUnlessAborted(clock, PULL_RETRY_MS, signal);
      return undefined;
    }
  }

  #lanes(): readonly QueueName['lane'][] {
    const sinceMs = this.#options.clock.nowMs() - (this.#notUrgentAtMs ?? -URGENT_PAUSE_MS);
    return sinceMs >= 0 && sinceMs < URGENT_PAUSE_MS ? ['n'] : ['u', 'n'];
  }

  async #take(delivery: TaskDelivery, slot: number): Promise<void> {
    const offer = await this.#decode(delivery);
    if (offer === undefined) return;
    if (this.#isLacking(offer)) return this.#handBack(delivery, LACKING_RELEASE_MS);
    const { standings } = this.#options;
    const worth = standings === undefined ? 'wanted' : await worthOf(standings, offer);
    if (worth === 'unwanted') return this.#drop(offer, delivery);
    // Nothing is waited for from here to the session's beginning: who stops the pool sees it, or it doesn't begin.
    if (this.#noMore.signal.aborted) return this.#handBack(delivery, 0);
    const name = attemptName(offer);
    const running = this.#sessions.get(name);
    if (running !== undefined) return running.adopt(delivery);
    const isOfOlderTerm = worth === 'older-term';
    const session = new Session(this.#options, { delivery, offer, slot, isOfOlderTerm });
    this.#sessions.set(name, session);
    this.#options.onChange?.();
    const over = this.#see(name, session);
    this.#open.add(over);
    void over.finally(() => this.#open.delete(over));
    // The next task need not wait for the acknowledgement of this one.
    await Promise.race([session.isSettling, over]);
    this.#judge({ task: `${offer.run}/${offer.task}`, failure: session.failure });
  }

  /** Runs a session to its end. Never rejects. */
  async #see(name: string, session: Session): Promise<void> {
    try {
      await session.run();
    } catch (error) {
      const { stack: cause } = wrapError(error, name);
      const { task } = session.subject.offer;
      this.#options.logger.error({ task, cause }, 'a session ended by a bug');
    } finally {
      this.#sessions.delete(name);
      session.abandon();
      this.#options.onChange?.();
    }
  }

  /** Queues are named by needs, so this is somebody's mistake; the task must not suffer from it. */
  #isLacking({ task, requests }: TaskOffer): boolean {
    const { able, logger } = this.#options;
    if (able === undefined || meetsRequirements(able, { ...requests, platform: able.platform }))
      return false;
    const { labels, secrets } = requests;
    logger.warn(
      { task, labels: labels.join(), secrets: secrets.join() },
      'this worker lacks what a task needs',
    );
    return true;
  }

  /** Nobody wants the attempt any more: it is not begun. */
  async #drop({ run, task }: TaskOffer, delivery: TaskDelivery): Promise<void> {
    this.#options.logger.info({ run, task }, 'an offer of a run that is over is dropped');
    await this.#acknowledge(delivery);
  }

  #judge(ended: EndedAttempt): void {
    const { clock, logger } = this.#options;
    this.#health = healthAfter(this.#health, ended, clock.nowMs());
    if (!this.isSick) return;
    const cause = ended.failure?.message ?? '';
    logger.error({ cause }, 'task after task fails here: none is taken for a while');
    this.#options.onSick?.(cause);
  }

  async #decode(delivery: TaskDelivery): Promise<TaskOffer | undefined> {
    try {
      return decodeTaskOffer(delivery.body);
    } catch (error) {
      const known = wrapError(error, 'task offer');
      const { logger } = this.#options;
      // A newer coordinator's offer is for a newer worker.
      if (known.code === 'PROTOCOL_UNKNOWN') {
        logger.error({ cause: known.message }, 'an offer of another protocol is handed back');
        await this.#handBack(delivery, UNREADABLE_RELEASE_MS);
      } else {
        logger.error({ cause: known.message }, 'an offer that cannot be read is put aside');
        await this.#putAside(delivery, known.message);
      }
      return undefined;
    }
  }

  async #putAside(delivery: TaskDelivery, reason: string): Promise<void> {
    const { bus, logger } = this.#options;
    try {
      await bus.putAside({ source: 'task', reason, body: delivery.body });
    } catch (error) {
      const cause = wrapError(error, 'dead letters').message;
      logger.warn({ cause }, 'an offer could not be put aside; it comes again');
      return this.#handBack(delivery, UNREADABLE_RELEASE_MS);
    }
    await this.#acknowledge(delivery);
  }

  async #acknowledge(delivery: TaskDelivery): Promise<void> {
    try {
      await delivery.ack();
    } catch (error) {
      const cause = wrapError(error, 'acknowledgement').message;
      this.#options.logger.warn({ cause }, 'a delivery will come again when its lease ends');
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
    const { kind, attempt, term } = readWorkerRequest(new TextDecoder().decode(body));
    const session = this.#sessions.get(attemptName(attempt));
    const isFormer = session !== undefined && term < session.subject.offer.term;
    if (kind === 'cancel' && !isFormer) session?.interfere('cancelled');
    return new TextEncoder().encode(controlText({ holds: session !== undefined }));
  }
}

function attemptName(name: Pick<TaskOffer, 'run' | 'generation' | 'task' | 'epoch'>): string {
  return `${name.run}/${name.generation}/${name.task}#${name.epoch}`;
}
