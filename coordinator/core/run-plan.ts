/** The plan as the core sees it: who waits for whom, where the specification is. No recipe content. */
import type { BlobRef } from '#proto/digest.ts';
import type { InputKey, RunId, TaskId } from '#proto/ids.ts';
import type { TaskKind, TaskLimits } from '#proto/task-messages.ts';
import type { TaskRequests } from '#proto/task-requests.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** Node of the run's DAG. */
export interface RunTask {
  readonly id: TaskId;
  readonly kind: TaskKind;
  /** For people. */
  readonly title: string;
  /** Queue of the workers that may do it. */
  readonly pool: string;
  /** Earlier tasks of the plan that must be done before. */
  readonly dependsOn: readonly TaskId[];
  readonly staticKey: InputKey;
  /** JSON of the `TaskSpec`. */
  readonly spec: BlobRef;
  readonly limits: TaskLimits;
  readonly requests: TaskRequests;
  /** Expected duration from the past; 0 when unknown. */
  readonly estimateMs: number;
  /** Of a package: the task that tests it; null when nothing does. */
  readonly testedBy: TaskId | null;
}

/** Decided at submission and journaled with the run. */
export interface RunOptions {
  /** False: after the first final failure nothing new is offered. */
  readonly continueOnFailure: boolean;
  /** Tasks offered and not yet accepted, per pool: keeps the queue shallow and the order late. */
  readonly queueDepth: number;
  readonly retry: RetryPolicy;
}

/** What people see of a submission. */
export interface RunAbout {
  /** Such as the recipes' names. */
  readonly label: string;
  readonly submittedBy: string;
  readonly submittedAtMs: number;
}

/** What is submitted. */
export interface RunPlan {
  readonly run: RunId;
  readonly about?: RunAbout;
  readonly submissionDigest: string;
  readonly tasks: readonly RunTask[];
  readonly options: RunOptions;
}
