/**
 * What surrounds the runs of a farm: which workers there are, whether bus and store answer. Makes the reasons
 * exact for which tasks wait.
 */
import { sha256Digest } from '#proto/digest.ts';
import { runId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { RunRegister } from '#proto/ports/run-register.ts';
import { poolRequirements } from '#proto/task-requests.ts';
import { farmReason, type WorkerOffer } from '#coordinator/core/farm-reasons.ts';
import type { RunState, TaskState } from '#coordinator/core/state.ts';
import type { WorkerView } from './farm.ts';
import type { TaskView } from './run-events.ts';
import { WorkerTable } from './worker-table.ts';

/** How often bus and store are asked for a sign of life. */
const PROBE_PAUSE_MS = 5_000;
/** Positions in queues are for people: each event of a large run would look through all its tasks. */
const QUEUES_AGE_MS_MAX = 1_000;
/** A blob and a run that nobody has. */
const NO_BLOB = { digest: sha256Digest('0'.repeat(64)), sizeBytes: 1, location: '' };
const NO_RUN = runId('r-probe');

/** What it looks at. */
export interface FarmOutlookOptions {
  readonly register: RunRegister;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Of all runs that go on. */
  readonly states: () => Iterable<RunState>;
}

/** See the file's head. */
export class FarmOutlook {
  readonly #options: FarmOutlookOptions;
  readonly #workers: WorkerTable;
  readonly #unreachable = new Set<'bus' | 'store'>();
  #probing: Promise<unknown> = Promise.resolve();
  /** Ranks of those who wait, by pool, as they were a moment ago. */
  #queues = { atMs: Number.NEGATIVE_INFINITY, byPool: new Map<string, readonly number[]>() };

  constructor(options: FarmOutlookOptions) {
    this.#options = options;
    this.#workers = new WorkerTable(options.clock, options.logger);
  }

  /** Begins to look whether bus and store answer. */
  start(): void {
    const { register, blobs } = this.#options;
    this.#probing = Promise.all([
      this.#watch('bus', () => register.read(NO_RUN)),
      this.#watch('store', () => blobs.has(NO_BLOB)),
    ]);
  }

  /** Resolves after the signal, when nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#probing;
  }

  hear(worker: string, body: Uint8Array): void {
    this.#workers.hear(worker, body);
  }

  workers(): readonly WorkerView[] {
    return this.#workers.list();
  }

  unreachable(): readonly ('bus' | 'store')[] {
    return [...this.#unreachable];
  }

  /** The views of a run's tasks with their reasons made exact. */
  refine(state: RunState, views: readonly TaskView[]): readonly TaskView[] {
    const workers = this.workers().map(offerOf);
    const unreachable = this.unreachable();
    return views.map((view) => {
      const task = state.tasks.get(view.id);
      if (view.reason === undefined || task === undefined) return view;
      const position = (): number => this.#positionOf(task);
      const around = { workers, unreachable, position };
      const { pool, requests } = task.plan;
      return { ...view, reason: farmReason(view.reason, poolRequirements(pool, requests), around) };
    });
  }

  /** Counts those of all runs that were offered earlier and those that will be. */
  #positionOf(task: TaskState): number {
    const nowMs = this.#options.clock.nowMs();
    const ageMs = nowMs - this.#queues.atMs;
    if (ageMs < 0 || ageMs >= QUEUES_AGE_MS_MAX) this.#queues = { atMs: nowMs, byPool: new Map() };
    const { byPool } = this.#queues;
    const { pool } = task.plan;
    const queue = byPool.get(pool) ?? this.#queueOf(pool);
    byPool.set(pool, queue);
    return 1 + countBelow(queue, rank(task));
  }

  /** Ranks of all tasks that wait for workers of a pool, ascending. */
  #queueOf(pool: string): readonly number[] {
    const tasks = [...this.#options.states()].flatMap((state) => [...state.tasks.values()]);
    const waiting = tasks.filter(
      ({ plan, phase }) => plan.pool === pool && (phase === 'offered' || phase === 'ready'),
    );
    return waiting.map(rank).toSorted((a, b) => a - b);
  }

  async #watch(what: 'bus' | 'store', probe: () => Promise<unknown>): Promise<void> {
    const { clock, logger, signal } = this.#options;
    while (!signal.aborted) {
      const isThere = await probe().then(
        () => true,
        () => false,
      );
      if (isThere ? this.#unreachable.delete(what) : !this.#unreachable.has(what)) {
        if (!isThere) this.#unreachable.add(what);
        logger.warn({ what, isThere }, 'a service came or went');
      }
      await pauseUnlessAborted(clock, PROBE_PAUSE_MS, signal);
    }
  }
}

/** How many of the ascending numbers are smaller. */
function countBelow(numbers: readonly number[], bound: number): number {
  let [from, until] = [0, numbers.length];
  while (from < until) {
    const middle = Math.floor((from + until) / 2);
    if ((numbers[middle] ?? bound) < bound) from = middle + 1;
    else until = middle;
  }
  return from;
}

/** Lower comes first. */
function rank({ phase, sinceMs, priority }: TaskState): number {
  return phase === 'offered' ? sinceMs : Number.MAX_SAFE_INTEGER - priority;
}

function offerOf({ announcement, problem }: WorkerView): WorkerOffer {
  const { platform, labels, secretNames, isDraining, isSick } = announcement;
  const isClosed = isDraining || isSick || problem !== undefined;
  return { platform, labels, secretNames, isClosed };
}
