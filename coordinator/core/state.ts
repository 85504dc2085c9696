/**
 * Where every task of a run stands.
 *
 *                        released, lost, infra (budget left)
 *                   ┌──────────────────────────────────────────┐
 *                   v                                          │
 *     waiting ──> ready ──> offered ──> running ──────────> (failed attempt) ──> failed
 *        ^          │          │           │
 *        │          │          └───────────┴──────────────> done ──┐ its result is gone
 *        └──────────┴──────────────────────────────────────────────┘ (reopened)
 *
 *     waiting, ready ──> blocked (a prerequisite failed)
 *     any but done, failed, blocked ──> stopped (run cancelled, or stopped after a failure)
 *
 *     transition          caused by                      needs
 *     → offered           the scheduler, new epoch       room in the pool's queue
 *     offered → running   a worker's `accepted`          the current epoch
 *     → done              a worker's `done`              the current epoch and generation
 *     → failed            a worker's `failed`, a loss    a final verdict of the retry policy
 *     done → ready        a dependent misses the result  fewer than two reopenings before
 *
 * `done` (unless reopened), `failed`, `blocked` and `stopped` are terminal. State changes in apply.ts
 * only, by facts only; what is derived (queues, counts) is rebuilt by replaying them.
 */
import type { BlobRef } from '#proto/digest.ts';
import type { ErrorData } from '#proto/errors.ts';
import type { InputKey, TaskId, WorkerId } from '#proto/ids.ts';
import type { FailureClass } from '#proto/task-messages.ts';
import type { PublicationPlace, RunOutcome, StopReason } from './facts.ts';
import type { ReadyQueues } from './ready-queues.ts';
import type { RunPlan, RunTask } from './run-plan.ts';

/** Where a task stands. */
export type TaskPhase = (typeof TASK_PHASES)[number];

/** All of them. */
export const TASK_PHASES = [
  'waiting',
  'ready',
  'offered',
  'running',
  'done',
  'failed',
  'blocked',
  'stopped',
] as const;

/** A committed result. */
export interface TaskResult {
  readonly output: BlobRef;
  readonly exactKey: InputKey;
  readonly reused: boolean;
  readonly wallMs: number;
  readonly worker: WorkerId;
}

/** What becomes of a package: nothing yet, due in a place, there, or it couldn't be put there. */
export type Publication =
  | { readonly kind: 'none' }
  | { readonly kind: 'due' | 'settled'; readonly place: PublicationPlace }
  | { readonly kind: 'failed'; readonly place: PublicationPlace; readonly error: ErrorData };

/** One task. */
export interface TaskState {
  readonly plan: RunTask;
  /** Position in the plan: breaks ties. */
  readonly index: number;
  /** Longest remaining path to an end, own time included: higher goes first. */
  priority: number;
  readonly dependents: TaskState[];
  readonly prerequisites: TaskState[];
  phase: TaskPhase;
  /** Prerequisites that aren't done. */
  missingCount: number;
  /** Of the newest lease; 0 before the first offer. */
  epoch: number;
  /** Time of the newest offer or acceptance. */
  sinceMs: number;
  worker: WorkerId | null;
  notBeforeMs: number;
  readonly tally: Record<FailureClass, number>;
  reopenCount: number;
  result: TaskResult | null;
  /** Of the last attempt that ended. */
  log: BlobRef | null;
  /** Of the last failed attempt. */
  error: ErrorData | null;
  root: TaskId | null;
  stopReason: StopReason | null;
  publication: Publication;
}

/** A run. */
export interface RunState {
  plan: RunPlan | null;
  /** Moves forward only. */
  nowMs: number;
  term: number;
  /** Of the plan; grows when the run is cancelled. */
  generation: number;
  readonly tasks: Map<TaskId, TaskState>;
  readonly counts: Record<TaskPhase, number>;
  /** Offered and not accepted, by pool. */
  readonly offeredByPool: Map<string, number>;
  readonly queues: ReadyQueues;
  /** Packages to be published, in the order in which they became due. */
  readonly due: Set<TaskState>;
  readonly running: Set<TaskState>;
  /** A final failure stopped the run; nothing new is offered. */
  isHalted: boolean;
  isCancelled: boolean;
  /** Nothing new is offered. */
  isPaused: boolean;
  outcome: RunOutcome | null;
}

const terminal: ReadonlySet<TaskPhase> = new Set(['done', 'failed', 'blocked', 'stopped']);

/** True when nothing more happens to the task (a lost result aside). */
export const isTerminal = ({ phase }: Pick<TaskState, 'phase'>): boolean => terminal.has(phase);

/** The task of this id; throws `RangeError` for one that isn't in the plan. */
export function taskOf(state: RunState, id: TaskId): TaskState {
  const task = state.tasks.get(id);
  if (task === undefined) throw new RangeError(`no task ${id} in the plan`);
  return task;
}

/** Plain data of everything durable: equal for a live state and one replayed from its facts. */
export function durableView(state: RunState): object {
  const tasks = [...state.tasks.values()].map((task) => {
    const { plan, dependents: _dependents, prerequisites: _prerequisites, ...rest } = task;
    return { id: plan.id, ...rest };
  });
  return {
    tasks,
    term: state.term,
    generation: state.generation,
    counts: state.counts,
    offered: Object.fromEntries([...state.offeredByPool].filter(([, count]) => count > 0)),
    due: [...state.due].map((task) => task.plan.id),
    running: tasks.flatMap(({ id, phase }) => (phase === 'running' ? [id] : [])),
    isHalted: state.isHalted,
    isCancelled: state.isCancelled,
    isPaused: state.isPaused,
    outcome: state.outcome,
  };
}
