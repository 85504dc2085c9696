/** What viewers see of a run: how it stands, and what changes. Told after the facts are stored. */
import type { ErrorData } from '#proto/errors.ts';
import type { RunId, TaskId, WorkerId } from '#proto/ids.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';
import type { TaskKind } from '#proto/task-messages.ts';
import type { Fact, RunOutcome } from '#coordinator/core/facts.ts';
import { withholder } from '#coordinator/core/promotion.ts';
import {
  type Publication,
  type RunState,
  type TaskPhase,
  type TaskResult,
  taskOf,
  type TaskState,
} from '#coordinator/core/state.ts';
import { type WaitingReason, waitingReason } from '#coordinator/core/waiting-reasons.ts';

/** One task for viewers. Plain data, a copy. */
export interface TaskView {
  readonly id: TaskId;
  readonly kind: TaskKind;
  readonly title: string;
  readonly phase: TaskPhase;
  /** Why it doesn't run; absent when it runs, is done or failed. */
  readonly reason?: WaitingReason;
  /** Number of the newest attempt, 0 before the first. */
  readonly epoch: number;
  /** Of the newest offer or acceptance. */
  readonly sinceMs: number;
  readonly worker: WorkerId | null;
  readonly result: TaskResult | null;
  /** Of the last failed attempt. */
  readonly error: ErrorData | null;
  readonly publication: Publication;
  /** Of a finished package that isn't published: the package before it that isn't either. */
  readonly withheldBy?: TaskId;
}

/** Number of the newest attempt that ended, 0 before the first. */
export function endedAttempt({ phase, epoch }: Pick<TaskView, 'phase' | 'epoch'>): number {
  return phase === 'offered' || phase === 'running' ? epoch - 1 : epoch;
}

/** Kinds of facts that are about one task. */
export type TaskFactKind = Extract<Fact, { task: TaskId }>['kind'];

/** Something changed. */
export type RunEvent =
  /** First event: where everything stands; `isResumed` when an earlier process began the run. */
  | {
      readonly kind: 'opened';
      readonly run: RunId;
      readonly isResumed: boolean;
      readonly tasks: readonly TaskView[];
    }
  | {
      readonly kind: 'task';
      readonly atMs: number;
      /** What happened to the task; the view may be ahead of it by later facts of the same step. */
      readonly what: TaskFactKind;
      readonly task: TaskView;
      /** Of a failed attempt: the last lines of its script's output. */
      readonly logTail: readonly string[];
    }
  /** What a running task reports; best effort. */
  | { readonly kind: 'news'; readonly task: TaskId; readonly news: TaskNews }
  | { readonly kind: 'finished'; readonly atMs: number; readonly outcome: RunOutcome };

/** A copy of how a task stands. */
export function viewOf(state: RunState, task: TaskState): TaskView {
  const { id, kind, title } = task.plan;
  const { phase, epoch, sinceMs, worker, result, error, publication } = task;
  const reason = waitingReason(state, task);
  const view = { id, kind, title, phase, epoch, sinceMs, worker, result, error, publication };
  const before = kind === 'package' && phase === 'done' ? withholder(task) : undefined;
  return {
    ...view,
    ...(reason === undefined ? {} : { reason }),
    ...(before === undefined ? {} : { withheldBy: before.plan.id }),
  };
}

/** The event that tells of a stored fact; undefined for facts that no viewer needs. */
export function eventOf(state: RunState, fact: Fact): RunEvent | undefined {
  if ('task' in fact) {
    const task = viewOf(state, taskOf(state, fact.task));
    const logTail = fact.kind === 'attempt-failed' ? fact.logTail : [];
    return { kind: 'task', atMs: fact.atMs, what: fact.kind, task, logTail };
  }
  if (fact.kind !== 'run-finished') return undefined;
  return { kind: 'finished', atMs: fact.atMs, outcome: fact.outcome };
}
