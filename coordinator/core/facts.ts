/**
 * What happened in a run, in the order in which it was decided: the journal's content and the only
 * thing that changes state. A fact holds the decision, not the reason for it, so that replaying an old
 * journal doesn't depend on today's policy. Written once, never changed; new kinds are added.
 */
import type { BlobRef } from '#proto/digest.ts';
import type { ErrorData } from '#proto/errors.ts';
import type { InputKey, TaskId, WorkerId } from '#proto/ids.ts';
import type { FailureClass } from '#proto/task-messages.ts';
import type { AttemptMeasures } from '#proto/task-output.ts';
import type { RunPlan } from './run-plan.ts';

/** Where a package became visible. */
export type PublicationPlace = (typeof PUBLICATION_PLACES)[number];

/** All of them. */
export const PUBLICATION_PLACES = ['channel', 'broken'] as const;
/** How a run ended. */
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** All of them. */
export const RUN_OUTCOMES = ['succeeded', 'failed', 'cancelled'] as const;
/** Why a task that could have run didn't. */
export type StopReason = (typeof STOP_REASONS)[number];

/** All of them. */
export const STOP_REASONS = ['run-cancelled', 'stopped-after-failure'] as const;

interface At {
  /** Coordinator's time of the decision; never earlier than that of the fact before. */
  readonly atMs: number;
}

interface OfTask extends At {
  readonly task: TaskId;
}

interface OfAttempt extends OfTask {
  readonly epoch: number;
}

/** A run begins: the journal's first fact. */
export interface RunSubmitted extends At {
  readonly kind: 'run-submitted';
  readonly plan: RunPlan;
}

/** A coordinator took the run over, with a higher term. */
export interface RunResumed extends At {
  readonly kind: 'run-resumed';
  readonly term: number;
}

/** The right to an attempt is on offer under a new epoch. */
export interface TaskOffered extends OfAttempt {
  readonly kind: 'task-offered';
}

/** A worker holds the lease. */
export interface AttemptAccepted extends OfAttempt {
  readonly kind: 'attempt-accepted';
  readonly worker: WorkerId;
}

/** An attempt ended without a result. */
export interface AttemptFailed extends OfAttempt {
  readonly kind: 'attempt-failed';
  /** Null: nobody had accepted it. */
  readonly worker: WorkerId | null;
  readonly class: FailureClass;
  readonly error: ErrorData;
  readonly logTail: readonly string[];
  /** Absent where no worker measured it, as in journals of the first version. */
  readonly measures?: AttemptMeasures;
  /** The whole log, where there is one. */
  readonly log?: BlobRef;
  readonly next: 'retry' | 'final';
  /** Not offered again before this time. */
  readonly notBeforeMs: number;
}

/** The result counts: this is the commit. */
export interface TaskDone extends OfAttempt {
  readonly kind: 'task-done';
  readonly worker: WorkerId;
  /** JSON of the `TaskOutput`. */
  readonly output: BlobRef;
  readonly exactKey: InputKey;
  readonly reused: boolean;
  readonly measures: AttemptMeasures;
  /** The whole log, where there is one. */
  readonly log?: BlobRef;
}

/** A committed result turned out to be gone: its producer runs again. */
export interface TaskReopened extends OfTask {
  readonly kind: 'task-reopened';
  /** The task that missed it. */
  readonly missedBy: TaskId;
}

/** It can't run because `root` failed. */
export interface TaskBlocked extends OfTask {
  readonly kind: 'task-blocked';
  readonly root: TaskId;
}

/** It won't run. */
export interface TaskStopped extends OfTask {
  readonly kind: 'task-stopped';
  readonly reason: StopReason;
}

/** A package is where users (or, if broken, its author) find it. */
export interface TaskPublished extends OfTask {
  readonly kind: 'task-published';
  readonly place: PublicationPlace;
}

/** A package couldn't be put there, retries included. */
export interface PublishFailed extends OfTask {
  readonly kind: 'publish-failed';
  readonly error: ErrorData;
}

/** Nothing of the older generation counts any more. */
export interface RunCancelled extends At {
  readonly kind: 'run-cancelled';
  readonly generation: number;
}

/** Nothing new is offered while it is paused. */
export interface RunPaused extends At {
  readonly kind: 'run-paused';
  readonly isPaused: boolean;
}

/** Every task is terminal and everything due is published: the journal's last fact. */
export interface RunFinished extends At {
  readonly kind: 'run-finished';
  readonly outcome: RunOutcome;
}

/** A fact of any kind. */
export type Fact =
  | RunSubmitted
  | RunResumed
  | TaskOffered
  | AttemptAccepted
  | AttemptFailed
  | TaskDone
  | TaskReopened
  | TaskBlocked
  | TaskStopped
  | TaskPublished
  | PublishFailed
  | RunCancelled
  | RunPaused
  | RunFinished;
