/** A coordinator of many runs, as the ones who ask it see it. */
import type { BlobRef } from '#proto/digest.ts';
import type { StageyardError } from '#proto/errors.ts';
import type { RunId, TaskId } from '#proto/ids.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { WorkerAnnouncement } from '#proto/worker-messages.ts';
import type { RunListing } from '#coordinator/core/run-listing.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { HeardLines } from './live-lines.ts';
import type { RunEvent, TaskView } from './run-events.ts';

/** A worker that announced itself lately. */
export interface WorkerView {
  readonly announcement: WorkerAnnouncement;
  /** By the coordinator's clock. */
  readonly seenAtMs: number;
  /** Since then, by the same clock. */
  readonly silentMs: number;
  /** Why it can't work for this coordinator; absent for one that can. */
  readonly problem?: string;
}

/** A run of a farm, going on or over. */
export interface FarmRun {
  listing(): RunListing;
  /** How all tasks stand, in plan order. Rejects with `BLOB_*` when a run long over can't be read. */
  tasks(): Promise<readonly TaskView[]>;
  /** One of them; undefined when there is none of that name. Rejects as {@link tasks}. */
  task(id: TaskId): Promise<TaskView | undefined>;
  plan(): Promise<RunPlan>;
  /**
   * Tells the listener everything from now on, first of all `opened`. Answers what ends it. The listener must
   * not throw. Rejects as {@link tasks}.
   */
  follow(listener: (event: RunEvent) => void): Promise<() => void>;
  /** Resolves when it is stored; of a run that is over it does nothing. Rejects with `JOURNAL_*`, or `FARM_NOT_READY` while it closes. */
  cancel(): Promise<void>;
  /** Stops or continues offering tasks; as {@link cancel}. */
  setPaused(isPaused: boolean): Promise<void>;
  /** The document of a done task; undefined before. Rejects with `BLOB_*`. */
  outputOf(task: TaskId): Promise<TaskOutput | undefined>;
  /** Last lines of a task's newest attempt, as far as they were heard; bounded. */
  logLines(task: TaskId): HeardLines | undefined;
  /** The whole log of the task's last attempt that ended ({@link endedAttempt}). */
  storedLog(task: TaskId): Promise<BlobRef | undefined>;
}

/** See the file's head. */
export interface Farm {
  /** Of this coordinator's leadership. */
  readonly term: number;
  /**
   * Takes a run; it is journaled when this resolves. The same run again is fine. Rejects with `CONFIG_INVALID` for a
   * plan that can't be (or another plan under a known name), with `JOURNAL_*`, `BLOB_*`, or `FARM_NOT_READY` once it is closed.
   */
  submit(plan: RunPlan): Promise<void>;
  /** Newest first. */
  runs(): readonly RunListing[];
  run(id: RunId): FarmRun | undefined;
  /** Sorted by name. */
  workers(): readonly WorkerView[];
  /** Which of the services it needs don't answer now. */
  unreachable(): readonly ('bus' | 'store')[];
  /** Resolves when it can't go on: another coordinator leads, or the journal is gone. */
  readonly lost: Promise<StageyardError>;
  /** Aborted when it begins to close: nobody who follows a run is told anything from then on. */
  readonly closing: AbortSignal;
  /** Ends driving; runs stay as they are in the journal. Closes no port. */
  close(): Promise<void>;
}
