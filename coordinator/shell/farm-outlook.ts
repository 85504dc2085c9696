/**
 * What surrounds the runs of a farm: which workers there are, whether bus and store answer. Makes the reasons
 * exact for which tasks wait.
 */
import { sha256Digest } from '#proto/digest.ts';
import { wrapError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { RunRegister } from '#proto/ports/run-register.ts';
import { poolRequirements } from '#proto/task-requests.ts';
import { queueReason, type WorkerOffer } from '#coordinator/core/farm-reasons.ts';
import type { RunTask } from '#coordinator/core/run-plan.ts';
import type { RunState, TaskState } from '#coordinator/core/state.ts';
import type { WaitingReason } from '#coordinator/core/waiting-reasons.ts';
import type { WorkerView } from './farm.ts';
import type { TaskView } from './run-events.ts';
import { WorkerTable } from './worker-table.ts';

/** How often bus and store are asked for a sign of life. */
const PROBE_PAUSE_MS = 5_000;
/** Who hasn't answered by then is away, however long an adapter goes on trying. */
const ANSWER_MS_MAX = 10_000;
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
  /** One of them stopped answering, or (undefined) answers again. */
  readonly onService: ((what: 'bus' | 'store', problem: string | undefined) => void) | undefined;
}

/** See the file's head. */
export class FarmOutlook {
  readonly #options: FarmOutlookOptions;
  readonly #workers: WorkerTable;
  readonly #unreachable = new Set<'bus' | 'store'>();
  #probing: Promise<unknown> = Promise.resolve();
  /** Places of those who wait, by pool, as they were a moment ago. */
  #queues = { atMs: Number.NEGATIVE_INFINITY, byPool: new Map<string, Places>() };

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

  /** The views of a run's tasks with their reasons made exact: once for each queue, however many wait in it. */
  refine(state: RunState, views: readonly TaskView[]): readonly TaskView[] {
    const reasons = new Map<string, WaitingReason>();
    return views.map((view) => {
      const task = state.tasks.get(view.id);
      const { reason: known } = view;
      const isQueued = known?.kind === 'needs-slot' || known?.kind === 'needs-worker';
      if (!isQueued || task === undefined) return view;
      const { pool } = task.plan;
      const reason = reasons.get(pool) ?? this.#reasonIn(task.plan);
      reasons.set(pool, reason);
      if (reason.kind !== 'slots-full') return { ...view, reason };
      return { ...view, reason: { ...reason, position: this.#positionOf(task) } };
    });
  }

  #reasonIn({ pool, requests }: RunTask): WaitingReason {
    const around = { workers: this.workers().map(offerOf), unreachable: this.unreachable() };
    return queueReason(poolRequirements(pool, requests), around);
  }

  /** Counts those of all runs that were offered earlier and those that will be. */
  #positionOf(task: TaskState): number {
    const nowMs = this.#options.clock.nowMs();
    const ageMs = nowMs - this.#queues.atMs;
    if (ageMs < 0 || ageMs >= QUEUES_AGE_MS_MAX) this.#queues = { atMs: nowMs, byPool: new Map() };
    const { byPool } = this.#queues;
    const { pool } = task.plan;
    const places = byPool.get(pool) ?? this.#placesIn(pool);
    byPool.set(pool, places);
    return places.get(task) ?? places.size + 1;
  }

  #placesIn(pool: string): Places {
    const waiting = [...this.#options.states()].flatMap((state) =>
      [...state.tasks.values()].filter((task) => task.plan.pool === pool && isQueued(state, task)),
    );
    return new Map(waiting.toSorted(inOrder).map((task, index) => [task, index + 1]));
  }

  async #watch(what: 'bus' | 'store', probe: () => Promise<unknown>): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      const answered = new AbortController();
      const problem = probe().then(
        () => undefined,
        (error: unknown) => wrapError(error, `the ${what}`).message,
      );
      const late = pauseUnlessAborted(clock, ANSWER_MS_MAX, answered.signal).then((isLate) => {
        if (isLate) this.#note(what, `the ${what}: no answer within ${ANSWER_MS_MAX / 1000} s`);
      });
      this.#note(what, await problem.finally(() => answered.abort()));
      await late;
      await pauseUnlessAborted(clock, PROBE_PAUSE_MS, signal);
    }
  }

  #note(what: 'bus' | 'store', problem: string | undefined): void {
    const isThere = problem === undefined;
    if (isThere ? !this.#unreachable.delete(what) : this.#unreachable.has(what)) return;
    if (!isThere) this.#unreachable.add(what);
    this.#options.logger.warn({ what, isThere, cause: problem }, 'a service came or went');
    this.#options.onService?.(what, problem);
  }
}

/** Places in a queue, from 1. */
type Places = ReadonlyMap<TaskState, number>;

/** A worker could take it, or could if the queue were longer. */
function isQueued({ isPaused, nowMs }: RunState, { phase, notBeforeMs }: TaskState): boolean {
  return phase === 'offered' || (phase === 'ready' && !isPaused && notBeforeMs <= nowMs);
}

/** As they are offered: what is out already by its time, then the most urgent. */
function inOrder(a: TaskState, b: TaskState): number {
  return offeredMs(a) - offeredMs(b) || b.priority - a.priority || a.index - b.index;
}

const offeredMs = ({ phase, sinceMs }: TaskState): number =>
  phase === 'offered' ? sinceMs : Number.MAX_SAFE_INTEGER;

function offerOf({ announcement, problem }: WorkerView): WorkerOffer {
  const { platform, labels, secretNames, isDraining, isSick } = announcement;
  const isClosed = isDraining || isSick || problem !== undefined;
  return { platform, labels, secretNames, isClosed };
}
