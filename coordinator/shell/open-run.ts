/**
 * One run with a journal of its own: opens it (new or with an unfinished run in it), listens to the bus,
 * drives the core, and tells viewers.
 */
import { StageyardError } from '#proto/errors.ts';
import type { RunId, TaskId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Bus } from '#proto/ports/bus.ts';
import type { DeadLetters } from '#proto/ports/dead-letters.ts';
import type { Journal } from '#proto/ports/journal.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { RunOutcome } from '#coordinator/core/facts.ts';
import type { Input } from '#coordinator/core/inputs.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { DrivenRun, type RunPorts } from './driven-run.ts';
import { EventIntake } from './event-intake.ts';
import type { TaskView } from './run-events.ts';
import { RunJournal } from './run-journal.ts';
import { TaskOutputs } from './task-outputs.ts';

/** What a run is opened with. */
export interface OpenRunOptions extends RunPorts {
  readonly journal: Journal;
  readonly bus: Bus & DeadLetters;
  readonly blobs: BlobStore;
  /** What to do when the journal is empty; not looked at otherwise. */
  readonly plan: RunPlan | undefined;
  /** The bus and its workers died with the process before (embedded): their leases are taken back. */
  readonly isBusLost: boolean;
}

/** A run that is being driven. */
export interface OpenRun {
  /**
   * How the run ended; undefined when it was closed before. Rejects with `JOURNAL_*` when facts can't be
   * stored: the run goes on when it is opened again.
   */
  readonly finished: Promise<RunOutcome | undefined>;
  /** Stops everything; `finished` resolves with `cancelled`. */
  cancel(): void;
  /** How all tasks stand now, in plan order. */
  tasks(): readonly TaskView[];
  /** The document of a done task; undefined before. Rejects with `BLOB_*`. */
  outputOf(task: TaskId): Promise<TaskOutput | undefined>;
  /** Stops driving, finished or not; the journal stays as it is. Closes no port. */
  close(): Promise<void>;
}

/**
 * Opens a run and begins to drive it. Rejects with `JOURNAL_CORRUPT` or `JOURNAL_UNAVAILABLE`, and
 * with `CONFIG_INVALID` for an empty journal without a plan.
 */
export async function openRun(options: OpenRunOptions): Promise<OpenRun> {
  const journal = new RunJournal(options.journal, options.clock);
  const state = await journal.replay();
  const isResumed = state.plan !== null;
  const plan = state.plan ?? options.plan;
  if (plan === undefined)
    throw new StageyardError('CONFIG_INVALID', 'the journal is empty and there is no plan');
  const outputs = new TaskOutputs(options.blobs);
  const run = new DrivenRun({ ports: options, log: journal, state, plan, outputs });
  const first: Input = isResumed
    ? { kind: 'resume', term: state.term + 1, isBusLost: options.isBusLost }
    : { kind: 'submit', plan };
  const { bus, logger } = options;
  const sinkOf = (id: RunId): DrivenRun | undefined => (id === plan.run ? run : undefined);
  const intake = new EventIntake({ bus, logger, sinkOf, confirm: () => journal.confirm() });
  if (state.outcome === null) await intake.start();
  await run.start(first);
  run.finished.then(
    () => intake.stop(),
    () => intake.stop(),
  );
  return run;
}
