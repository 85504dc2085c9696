/** A run of a farm that is being driven: its viewers, its live lines, and waiting until a wish is stored. */
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { RunId, TaskId } from '#proto/ids.ts';
import type { TaskEvent } from '#proto/task-messages.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { Input } from '#coordinator/core/inputs.ts';
import { listingOf, type RunListing } from '#coordinator/core/run-listing.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { DrivenRun, type DrivenRunParts, type RunPorts } from './driven-run.ts';
import type { EventSink } from './event-intake.ts';
import type { FarmRun } from './farm.ts';
import type { HeardLines, LiveLines } from './live-lines.ts';
import { type RunEvent, type TaskView, viewOf } from './run-events.ts';

/** What it is made of. */
export interface GoingRunParts extends Omit<DrivenRunParts, 'ports'> {
  readonly ports: Omit<RunPorts, 'onEvent'>;
  /** Of all runs that go on here. */
  readonly lines: LiveLines;
  /** Adds what the farm knows to how tasks stand. */
  readonly refine: (views: readonly TaskView[]) => readonly TaskView[];
  /** The run as a whole stands otherwise than before. */
  readonly onStanding: () => void;
}

/** See the file's head. */
export class GoingRun implements FarmRun, EventSink {
  readonly state: RunState;
  readonly #plan: RunPlan;
  readonly #refine: GoingRunParts['refine'];
  readonly #onStanding: () => void;
  readonly #driven: DrivenRun;
  readonly #lines: LiveLines;
  readonly #listeners = new Set<(event: RunEvent) => void>();
  /** How it ended, once that is stored. */
  #ended: RunEvent | undefined;

  constructor({ ports, lines, refine, onStanding, ...parts }: GoingRunParts) {
    const { state, plan } = parts;
    this.state = state;
    this.#plan = plan;
    this.#lines = lines;
    this.#refine = refine;
    this.#onStanding = onStanding;
    const onEvent = (event: RunEvent): void => this.#onEvent(event);
    this.#driven = new DrivenRun({ ports: { ...ports, onEvent }, ...parts });
    const { outcome, nowMs: atMs } = state;
    if (outcome !== null) this.#ended = { kind: 'finished', atMs, outcome };
  }

  get id(): RunId {
    return this.#plan.run;
  }

  /** As {@link DrivenRun.finished}. */
  get finished(): DrivenRun['finished'] {
    return this.#driven.finished;
  }

  /** Begins; resolves when the first step is stored. Rejects with `BUS_UNAVAILABLE`, `JOURNAL_*`, `BLOB_*` or, once closed, `FARM_NOT_READY`. */
  async start(first: Input): Promise<void> {
    const stored = Promise.withResolvers<void>();
    await this.#driven.start(first, stored.resolve);
    await this.#untilStored(stored.promise);
  }

  take(event: TaskEvent, stored: () => void): Promise<void> {
    return this.#driven.take(event, stored);
  }

  listing(): RunListing {
    return listingOf(this.state);
  }

  async tasks(): Promise<readonly TaskView[]> {
    return this.#views();
  }

  async task(id: TaskId): Promise<TaskView | undefined> {
    const task = this.state.tasks.get(id);
    return task === undefined ? undefined : this.#refine([viewOf(this.state, task)])[0];
  }

  async plan(): Promise<RunPlan> {
    return this.#plan;
  }

  async follow(listener: (event: RunEvent) => void): Promise<() => void> {
    const { run } = this.#plan;
    listener({ kind: 'opened', run, isResumed: true, tasks: this.#views() });
    if (this.#ended !== undefined) listener(this.#ended);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  cancel(): Promise<void> {
    return this.#wish({ kind: 'cancel' });
  }

  setPaused(isPaused: boolean): Promise<void> {
    return this.#wish({ kind: 'pause', isPaused });
  }

  outputOf(task: TaskId): Promise<TaskOutput | undefined> {
    return this.#driven.outputOf(task);
  }

  logLines(task: TaskId): HeardLines | undefined {
    return this.#lines.of({ run: this.id, task });
  }

  async storedLog(task: TaskId): Promise<BlobRef | undefined> {
    return this.state.tasks.get(task)?.log ?? undefined;
  }

  /** Ends driving; the run stays as it is in the journal. */
  close(): Promise<void> {
    return this.#driven.close();
  }

  async #wish(input: Input): Promise<void> {
    const stored = Promise.withResolvers<void>();
    this.#driven.post(input, stored.resolve);
    await this.#untilStored(stored.promise);
    this.#onStanding();
  }

  /** Of a run that is over nothing more is stored; of one that was closed nobody knows. */
  async #untilStored(stored: Promise<void>): Promise<void> {
    const over = this.#driven.finished.then((outcome) => {
      if (outcome === undefined) throw ending();
    });
    await Promise.race([stored, over]);
  }

  #views(): readonly TaskView[] {
    return this.#refine(this.#driven.tasks());
  }

  #onEvent(event: RunEvent): void {
    if (event.kind === 'news') {
      const news = this.#lines.add({ run: this.id, task: event.task }, event.news);
      return this.#tell({ ...event, news });
    }
    if (event.kind === 'task') this.#keepLines(event);
    if (event.kind === 'finished') {
      this.#ended = event;
      this.#onStanding();
    }
    // Whoever follows was told how everything stood when it began.
    if (event.kind === 'opened') return;
    if (this.#listeners.size === 0) return;
    const [task] = event.kind === 'task' ? this.#refine([event.task]) : [];
    this.#tell(event.kind === 'task' && task !== undefined ? { ...event, task } : event);
  }

  #keepLines({ what, task: { id, epoch } }: Extract<RunEvent, { kind: 'task' }>): void {
    const source = { run: this.id, task: id };
    if (what === 'attempt-accepted') return this.#lines.begin(source, epoch);
    const isOver = what === 'task-done' || what === 'attempt-failed';
    if (isOver && (this.state.tasks.get(id)?.log ?? null) !== null) this.#lines.forget(source);
  }

  #tell(event: RunEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** What is said to whoever wants something of a farm that was closed. */
export function ending(): StageyardError {
  const message = 'this coordinator ends: the next one takes requests soon';
  return new StageyardError('FARM_NOT_READY', message);
}
