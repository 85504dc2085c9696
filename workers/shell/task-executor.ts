/** Does the work of a task. The pool knows nothing about packages, an executor nothing about leases. */
import type { BlobRef } from '#proto/digest.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import type { AttemptHead, TaskLimits } from '#proto/task-messages.ts';
import type { ResourceUse, TaskOutput } from '#proto/task-output.ts';
import type { TaskInputs, TaskSpec } from '#proto/task-spec.ts';

/** Is told what an attempt uses; of each number the largest counts. */
export interface ResourceMeter {
  use(use: ResourceUse): void;
}

/** One attempt. */
export interface TaskRequest {
  readonly spec: TaskSpec;
  readonly inputs: TaskInputs;
  readonly attempt: AttemptHead;
  readonly limits: TaskLimits;
  /** Position of the slot in the pool, from 0: no two attempts at a time have the same. */
  readonly slot: number;
  readonly reporter: TaskReporter;
  readonly meter: ResourceMeter;
  /** Is told where the whole log of the attempt was stored, if it was. */
  readonly keepLog: (log: BlobRef) => void;
  /** Aborted: stop everything that was started, soon, and reject with `CANCELLED`. */
  readonly signal: AbortSignal;
}

/** What an attempt yields. */
export interface TaskExecution {
  readonly output: TaskOutput;
  /** Where the output lies as a document, if the executor stored it or found it stored. */
  readonly stored?: BlobRef;
  /** A stored result was adopted; nothing was built. */
  readonly reused: boolean;
}

/**
 * See the file's head. Rejects with a `StageyardError`; for an input that can't be fetched (codes
 * `BLOB_MISSING`, `BLOB_DIGEST_MISMATCH`, `SNAPSHOT_MISSING`, `SNAPSHOT_INVALID`) the context's
 * `producer` names the task that made it, which then runs again.
 */
export interface TaskExecutor {
  execute(request: TaskRequest): Promise<TaskExecution>;
}
