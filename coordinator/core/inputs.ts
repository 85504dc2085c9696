/** What the core is told, and what it wants done. Both are plain data. */
import type { BlobRef } from '#proto/digest.ts';
import type { ErrorData } from '#proto/errors.ts';
import type { InputKey, TaskId, WorkerId } from '#proto/ids.ts';
import type { FailureClass } from '#proto/task-messages.ts';
import type { AttemptMeasures } from '#proto/task-output.ts';
import type { PublicationPlace } from './facts.ts';
import type { HeadNumbers, Redelivery } from './lease.ts';
import type { RunPlan } from './run-plan.ts';

interface FromWorker {
  readonly head: HeadNumbers;
  readonly worker: WorkerId;
}

/** A worker took the lease. */
export interface AcceptedInput extends FromWorker {
  readonly kind: 'accepted';
}

/** A worker has a result, already read and checked by the recorder. */
export interface DoneInput extends FromWorker {
  readonly kind: 'done';
  readonly output: BlobRef;
  readonly exactKey: InputKey;
  readonly reused: boolean;
  readonly measures: AttemptMeasures;
  readonly log?: BlobRef;
}

/** A worker's attempt failed. */
export interface FailedInput extends FromWorker {
  readonly kind: 'failed';
  readonly class: FailureClass;
  readonly error: ErrorData;
  readonly logTail: readonly string[];
  readonly measures?: AttemptMeasures;
  readonly log?: BlobRef;
}

/** A worker was given a message that was delivered before. `token` names the question in the answer. */
export interface RedeliveredInput extends Redelivery {
  readonly kind: 'redelivered';
  readonly token: number;
}

/** News for the core. */
export type Input =
  | { readonly kind: 'submit'; readonly plan: RunPlan }
  /** A coordinator starts with a journal. `isBusLost`: the queue and its workers died with the last one. */
  | { readonly kind: 'resume'; readonly term: number; readonly isBusLost: boolean }
  | AcceptedInput
  | DoneInput
  | FailedInput
  | RedeliveredInput
  | { readonly kind: 'published'; readonly task: TaskId; readonly place: PublicationPlace }
  | { readonly kind: 'publish-failed'; readonly task: TaskId; readonly error: ErrorData }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'pause'; readonly isPaused: boolean }
  | { readonly kind: 'tick' };

/** Performed after the step's facts are stored. All but `answer` can be derived again from state. */
export type Effect =
  /** Put the task into its pool's queue; again is fine (same message id). */
  | { readonly kind: 'offer'; readonly task: TaskId; readonly epoch: number }
  /** Take it out of the queue if it is still there. */
  | { readonly kind: 'withdraw'; readonly task: TaskId; readonly epoch: number }
  /** Tell a worker to stop an attempt. */
  | {
      readonly kind: 'cancel-attempt';
      readonly task: TaskId;
      readonly epoch: number;
      readonly worker: WorkerId;
    }
  /** Answer a question about a second delivery. */
  | { readonly kind: 'answer'; readonly token: number; readonly verdict: 'wait' | 'drop' }
  /** Make a package visible; `published` or `publish-failed` comes back. */
  | { readonly kind: 'publish'; readonly task: TaskId; readonly place: PublicationPlace }
  /** Everything is over. */
  | { readonly kind: 'finish' };
