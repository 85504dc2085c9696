/**
 * A run under way: opens its journal (new or with an unfinished run in it), listens to the bus, drives
 * the core, and tells viewers.
 */
import { StageyardError } from '#proto/errors.ts';
import type { TaskId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Bus, Subscription } from '#proto/ports/bus.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { Journal } from '#proto/ports/journal.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { readTaskNews } from '#proto/task-news.ts';
import { taskId } from '#proto/ids.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { Fact, RunOutcome } from '#coordinator/core/facts.ts';
import type { Effect, Input } from '#coordinator/core/inputs.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { Dispatcher } from './dispatcher.ts';
import { Driver } from './driver.ts';
import { type PackagePublisher, PublicationQueue } from './publication-queue.ts';
import { Recorder } from './recorder.ts';
import { eventOf, type RunEvent, type TaskView, viewOf } from './run-events.ts';
import { RunJournal } from './run-journal.ts';
import { TaskOutputs } from './task-outputs.ts';

/** What a run is opened with. */
export interface OpenRunOptions {
  readonly journal: Journal;
  readonly bus: Bus;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publisher: PackagePublisher;
  /** What to do when the journal is empty; not looked at otherwise. */
  readonly plan: RunPlan | undefined;
  /** The bus and its workers died with the process before (embedded): their leases are taken back. */
  readonly isBusLost: boolean;
  /** Called after facts are stored; must not throw. */
  readonly onEvent: (event: RunEvent) => void;
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
  const run = new DrivenRun({ options, journal, state, plan });
  const first: Input = isResumed
    ? { kind: 'resume', term: state.term + 1, isBusLost: options.isBusLost }
    : { kind: 'submit', plan };
  await run.start(first, isResumed);
  return run;
}

interface DrivenRunParts {
  readonly options: OpenRunOptions;
  readonly journal: RunJournal;
  readonly state: RunState;
  readonly plan: RunPlan;
}

class DrivenRun implements OpenRun {
  finished: Promise<RunOutcome | undefined> = Promise.resolve(undefined);
  readonly #options: OpenRunOptions;
  readonly #plan: RunPlan;
  readonly #state: RunState;
  readonly #driver: Driver;
  readonly #dispatcher: Dispatcher;
  readonly #recorder: Recorder;
  readonly #publications: PublicationQueue;
  readonly #outputs: TaskOutputs;
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #log: Subscription | undefined;
  #isOpened = false;

  constructor({ options, journal, state, plan }: DrivenRunParts) {
    const { bus, blobs, clock, logger, publisher } = options;
    const outputs = new TaskOutputs(blobs);
    const post = (input: Input, stored?: () => void): void => this.#driver.post(input, stored);
    const { signal } = this.#closed;
    this.#options = options;
    this.#plan = plan;
    this.#state = state;
    this.#outputs = outputs;
    this.#driver = new Driver({
      state,
      journal,
      clock,
      onFacts: (facts) => this.#tell(facts),
      perform: (effects) => this.#perform(effects),
    });
    this.#dispatcher = new Dispatcher({ state, bus, blobs, clock, logger, outputs, post, signal });
    this.#recorder = new Recorder({ run: plan.run, state, bus, logger, outputs, post });
    this.#publications = new PublicationQueue({ state, publisher, outputs, clock, post, signal });
  }

  async start(first: Input, isResumed: boolean): Promise<void> {
    if (this.#state.outcome === null) {
      await this.#recorder.start();
      this.#log = await this.#options.bus.onLog(this.#plan.run, (task, chunk) =>
        this.#onLog(task, chunk),
      );
      this.#isOpened = !isResumed;
      this.finished = this.#drive(first);
    } else {
      this.finished = Promise.resolve(this.#state.outcome);
    }
    if (isResumed) this.#open(true);
    // A rejection is the caller's to look at, whenever it does.
    this.finished.catch(() => undefined);
  }

  cancel(): void {
    this.#driver.post({ kind: 'cancel' });
  }

  tasks(): readonly TaskView[] {
    return [...this.#state.tasks.values()].map((task) => viewOf(this.#state, task));
  }

  async outputOf(task: TaskId): Promise<TaskOutput | undefined> {
    const result = this.#state.tasks.get(task)?.result ?? null;
    return result === null ? undefined : this.#outputs.read(result.output);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#driver.stop();
    await this.finished.catch(() => undefined);
    await Promise.all([...this.#underWay, this.#publications.idle()]);
  }

  async #drive(first: Input): Promise<RunOutcome | undefined> {
    try {
      await this.#driver.run(first);
      return this.#state.outcome ?? undefined;
    } finally {
      await Promise.all([this.#recorder.stop(), this.#log?.stop()]);
    }
  }

  #open(isResumed: boolean): void {
    this.#isOpened = true;
    const { run } = this.#plan;
    this.#options.onEvent({ kind: 'opened', run, isResumed, tasks: this.tasks() });
  }

  #tell(facts: readonly Fact[]): void {
    if (facts[0]?.kind === 'run-submitted') this.#open(false);
    for (const fact of facts) {
      const event = eventOf(this.#state, fact);
      if (event !== undefined) this.#options.onEvent(event);
    }
  }

  #onLog(task: string, chunk: Uint8Array): void {
    if (!this.#isOpened) return;
    for (const news of readTaskNews(new TextDecoder().decode(chunk))) {
      this.#options.onEvent({ kind: 'news', task: taskId(task), news });
    }
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'offer':
        case 'withdraw':
        case 'cancel-attempt': {
          const work = this.#dispatcher.perform(effect);
          this.#underWay.add(work);
          void work.finally(() => this.#underWay.delete(work));
          break;
        }
        case 'answer':
          this.#recorder.answer(effect.token, effect.verdict);
          break;
        case 'publish':
          this.#publications.add(effect.task, effect.place);
          break;
        case 'finish':
          break;
      }
    }
  }
}
