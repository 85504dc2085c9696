/**
 * What the coordinator offers and what a worker tells about an attempt: TypeScript views of
 * `messages/task-offer.proto` and `messages/task-result.proto`; `messages/codec.ts` converts.
 */
import type { BlobRef } from './digest.ts';
import type { ErrorCode } from './error-codes.ts';
import type { ErrorContext } from './errors.ts';
import type { AttemptId, RunId, TaskId, WorkerId } from './ids.ts';
import type { AttemptMeasures } from './task-output.ts';
import type { TaskRequests } from './task-requests.ts';

/**
 * Versions of the task messages that this program reads, ascending.
 *
 *     1   the first
 *     2   offers may ask for labels and secrets, which the worker checks before it begins
 *
 * A message states the lowest version whose readers do the right thing with it, so that a worker of the
 * version before goes on working wherever nothing new is asked of it. Fields that may be ignored need no
 * version.
 */
export const TASK_PROTOCOL_VERSIONS: readonly number[] = [1, 2];

/** Why somebody who reads these versions can't work with this release; undefined when it can. */
export function protocolProblem(versions: readonly number[]): string | undefined {
  if (versions.some((version) => TASK_PROTOCOL_VERSIONS.includes(version))) return undefined;
  const [theirs, ours] = [versions, TASK_PROTOCOL_VERSIONS].map((list) => list.join(', '));
  return `it reads version ${theirs} of the task protocol, this coordinator ${ours}: run releases of stageyard that have one in common`;
}

/** Nothing in an event asks for more than its first readers give. */
export const TASK_EVENT_VERSION = 1;

/** What an offer with these requests states. */
export function taskOfferVersion({ labels, secrets }: TaskRequests): number {
  return labels.length + secrets.length === 0 ? 1 : 2;
}

/** Kind of a task. */
export type TaskKind = (typeof TASK_KINDS)[number];

/** All of them. */
export const TASK_KINDS = ['stage', 'package', 'test'] as const;

/** Ends an attempt as class `limit` when exceeded. */
export interface TaskLimits {
  /** Whole attempt. */
  readonly wallTimeMs: number;
  /** Time without a line of output from the script. */
  readonly silentTimeMs: number;
  readonly logSizeBytesMax: number;
}

/** Which attempt a message is about, and the numbers that fence it. */
export interface AttemptHead {
  readonly run: RunId;
  /** Of the run's plan; results of an older one are refused. */
  readonly generation: number;
  readonly task: TaskId;
  readonly attempt: AttemptId;
  /** Of the lease: grows with each attempt of the task. */
  readonly epoch: number;
}

/** One task offered to the workers of a pool: at most a few KB, the rest is fetched by digest. */
export interface TaskOffer extends AttemptHead {
  readonly protocolVersion: number;
  /** Of the coordinator that leads; commands of an older one are refused, results never. */
  readonly term: number;
  readonly kind: TaskKind;
  /** JSON of a `TaskSpec`. */
  readonly spec: BlobRef;
  /** JSON of a `TaskInputs`. */
  readonly inputs: BlobRef;
  readonly limits: TaskLimits;
  /** Nothing of a writer that doesn't know of them. */
  readonly requests: TaskRequests;
  /** Correlates logs of one submission; free text, may be empty. */
  readonly trace: string;
  /** Fields that a newer writer added: kept and written back unchanged. */
  readonly unknownFields?: readonly Uint8Array[];
}

/** Who or what ended an attempt without a result, which decides about a retry (design, life of a build). */
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** All of them, in the order in which documents count them. */
export const FAILURE_CLASSES = ['user', 'limit', 'infra', 'lost', 'released', 'cancelled'] as const;

/** What happened to an attempt. */
export type TaskEventBody =
  | { readonly kind: 'accepted' }
  /** A step began; for people, decides nothing. */
  | { readonly kind: 'phase'; readonly phase: string; readonly detail: string }
  | {
      readonly kind: 'done';
      /** JSON of a `TaskOutput`. */
      readonly output: BlobRef;
      /** The result existed already: nothing was built. */
      readonly reused: boolean;
      readonly measures: AttemptMeasures;
      /** The whole log, where it could be stored. */
      readonly log?: BlobRef;
    }
  | {
      readonly kind: 'failed';
      readonly class: FailureClass;
      /** Of proto/error-codes.ts; a code that the reader doesn't know arrives as `INTERNAL`. */
      readonly code: ErrorCode;
      readonly message: string;
      readonly context: ErrorContext;
      /** Last lines of the script's output, masked; empty when no script ran. */
      readonly logTail: readonly string[];
      /** The whole log, where it could be stored. */
      readonly log?: BlobRef;
      readonly measures: AttemptMeasures;
    };

/** News of an attempt, from the worker to the coordinator; may arrive twice, late or not at all. */
export interface TaskEvent extends AttemptHead {
  readonly protocolVersion: number;
  readonly worker: WorkerId;
  /** 0, 1, 2 … within the attempt: with it the message id is unique and stable across repeats. */
  readonly sequence: number;
  /** Worker's clock; for people, decides nothing. */
  readonly atMs: number;
  readonly body: TaskEventBody;
  /** Fields that a newer writer added: kept and written back unchanged. */
  readonly unknownFields?: readonly Uint8Array[];
}
