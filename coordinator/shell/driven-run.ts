/**
 * A run that is being driven: the loop, its effects, its questions and its viewers. Whoever holds it brings
 * the state, the place for its facts and the workers' news.
 */
import type { TaskId } from '#proto/ids.ts';
import { taskId } from '#proto/ids.ts';
import type { Bus, Subscription } from '#proto/ports/bus.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { readTaskNews } from '#proto/task-news.ts';
import type { TaskEvent } from '#proto/task-messages.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { Fact, RunOutcome } from '#coordinator/core/facts.ts';
import type { Effect, Input } from '#coordinator/core/inputs.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { Dispatcher } from './dispatcher.ts';
import { Driver } from './driver.ts';
import type { EventSink } from './event-intake.ts';
import { type PackagePublisher, PublicationQueue } from './publication-queue.ts';
import { Recorder } from './recorder.ts';
import { eventOf, type RunEvent, type TaskView, viewOf } from './run-events.ts';
import type { StepLog } from './run-journal.ts';
import type { TaskOutputs } from './task-outputs.ts';

/** Ports of a run under way. */
export interface RunPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publisher: PackagePublisher;
  /** Called after facts are stored; must not throw. */
  readonly onEvent: (event: RunEvent) => void;
}

/** What a run is driven with. */
export interface DrivenRunParts {
  readonly ports: RunPorts;
  readonly log: StepLog;
  readonly state: RunState;
  readonly plan: RunPlan;
  /** Of all runs that go on here. */
  readonly outputs: TaskOutputs;
}

/** See the file's head. */
export class DrivenRun implements EventSink {
  /** As {@link OpenRun.finished}. */
  finished: Promise<RunOutcome | undefined>;
  readonly #options: RunPorts;
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

  constructor({ ports, log, state, plan, outputs }: DrivenRunParts) {
    const { bus, clock, logger, publisher } = ports;
    const post = (input: Input, stored?: () => void): void => this.#driver.post(input, stored);
    const { signal } = this.#closed;
    this.#options = ports;
    this.#plan = plan;
    this.#state = state;
    this.#outputs = outputs;
    // One that is over already need not be begun.
    this.finished = Promise.resolve(state.outcome ?? undefined);
    this.#driver = new Driver({
      state,
      journal: log,
      clock,
      onFacts: (facts) => this.#tell(facts),
      perform: (effects) => this.#perform(effects),
    });
    this.#dispatcher = new Dispatcher({ state, bus, clock, logger, outputs, post, signal });
    this.#recorder = new Recorder({ run: plan.run, state, bus, logger, outputs, post });
    this.#publications = new PublicationQueue({ state, publisher, outputs, clock, post, signal });
  }

  /** Begins; `stored` is called once the first step is. Rejects with `BUS_UNAVAILABLE`. */
  async start(first: Input, stored?: () => void): Promise<void> {
    const isResumed = first.kind === 'resume';
    if (this.#state.outcome === null) {
      await this.#recorder.start();
      this.#log = await this.#options.bus.onLog(this.#plan.run, (task, chunk) =>
        this.#onLog(task, chunk),
      );
      this.#isOpened = !isResumed;
      this.finished = this.#drive(first, stored);
    }
    if (isResumed) this.#open(true);
    // A rejection is the caller's to look at, whenever it does.
    this.finished.catch(() => undefined);
  }

  take(event: TaskEvent, stored: () => void): Promise<void> {
    return this.#recorder.take(event, stored);
  }

  /** Tells the core something; `stored` is called once what follows from it is in the journal. */
  post(input: Input, stored?: () => void): void {
    this.#driver.post(input, stored);
  }

  /** As {@link OpenRun.cancel}. */
  cancel(): void {
    this.post({ kind: 'cancel' });
  }

  /** As {@link OpenRun.tasks}. */
  tasks(): readonly TaskView[] {
    return [...this.#state.tasks.values()].map((task) => viewOf(this.#state, task));
  }

  /** As {@link OpenRun.outputOf}. */
  async outputOf(task: TaskId): Promise<TaskOutput | undefined> {
    const result = this.#state.tasks.get(task)?.result ?? null;
    return result === null ? undefined : this.#outputs.read(result.output);
  }

  /** As {@link OpenRun.close}. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#driver.stop();
    // How it ended is told to whoever asks `finished`.
    await this.finished.catch(() => undefined);
    await Promise.all([...this.#underWay, this.#publications.idle()]);
  }

  async #drive(first: Input, stored?: () => void): Promise<RunOutcome | undefined> {
    try {
      await this.#driver.run(first, stored);
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
