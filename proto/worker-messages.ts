/**
 * What a worker says of itself every few seconds: TypeScript view of `messages/worker.proto`;
 * `messages/codec.ts` converts.
 */
import type { AttemptName } from './control-messages.ts';
import type { WorkerId } from './ids.ts';
import type { TaskKind } from './task-messages.ts';
import type { WorkerIdentity } from './worker-identity.ts';

/** An attempt at which a worker is at work. */
export interface RunningAttempt extends AttemptName {
  readonly kind: TaskKind;
  /** For people; shortened on the wire. */
  readonly title: string;
}

/** Best effort, for scheduling hints and for people; decides nothing about an attempt. */
export interface WorkerAnnouncement {
  /** Of the writer; any is readable. */
  readonly protocolVersion: number;
  /** Versions of the task messages that it reads and writes, ascending, never empty. */
  readonly protocolVersions: readonly number[];
  readonly worker: WorkerId;
  readonly identity: WorkerIdentity;
  /** Build platform: `linux-64`. */
  readonly platform: string;
  /** Sorted bytewise, as are the names of secrets. */
  readonly labels: readonly string[];
  /** Secrets that it has; values are in no message. */
  readonly secretNames: readonly string[];
  readonly slots: number;
  readonly running: readonly RunningAttempt[];
  readonly memoryBytes: number;
  /** Where it builds. */
  readonly freeDiskBytes: number;
  /** Of the program. */
  readonly version: string;
  /** Takes nothing new and ends when its attempts have. */
  readonly isDraining: boolean;
  /** Takes nothing new because its machine fails attempt after attempt. */
  readonly isSick: boolean;
  /** Fields that a newer writer added: kept and written back unchanged. */
  readonly unknownFields?: readonly Uint8Array[];
}
