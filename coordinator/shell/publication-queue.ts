/**
 * Makes packages visible: one call at a time, everything that has become due meanwhile in the next one,
 * so that a channel's index is written once for many packages.
 */
import { errorCodes } from '#proto/error-codes.ts';
import { type ErrorData, StageyardError, wrapError } from '#proto/errors.ts';
import type { TaskId } from '#proto/ids.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { PackageOutput } from '#proto/task-output.ts';
import type { PublicationPlace } from '#coordinator/core/facts.ts';
import type { Input } from '#coordinator/core/inputs.ts';
import { type RunState, taskOf } from '#coordinator/core/state.ts';
import type { TaskOutputs } from './task-outputs.ts';

/** Packages of one call. */
const BATCH_MAX = 500;
/** Tries of a package whose failure may pass. */
const TRIES_MAX = 3;
/** Pause between them. */
const RETRY_PAUSE_MS = 2_000;

/** A package on its way. */
export interface PackageToPublish {
  readonly task: TaskId;
  readonly place: PublicationPlace;
  readonly output: PackageOutput;
}

/** Copies packages into the user's channel or its `broken/`, index last. Doing it again must be harmless. */
export interface PackagePublisher {
  /** One answer per package, in order: null when it is there, else why not. May reject as a whole. */
  publish(packages: readonly PackageToPublish[]): Promise<readonly (ErrorData | null)[]>;
}

/** What the queue works with. */
export interface PublicationQueueOptions {
  readonly state: RunState;
  readonly publisher: PackagePublisher;
  readonly outputs: TaskOutputs;
  readonly clock: Clock;
  readonly post: (input: Input) => void;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly task: TaskId;
  readonly place: PublicationPlace;
  readonly tries: number;
}

/** See the file's head. */
export class PublicationQueue {
  readonly #options: PublicationQueueOptions;
  readonly #waiting = new Map<TaskId, Waiting>();
  readonly #underWay = new Set<TaskId>();
  #loop: Promise<void> | undefined;

  constructor(options: PublicationQueueOptions) {
    this.#options = options;
  }

  /** Enqueues a package; `published` or `publish-failed` is posted later. */
  add(task: TaskId, place: PublicationPlace): void {
    if (this.#underWay.has(task) || this.#waiting.has(task)) return;
    this.#waiting.set(task, { task, place, tries: 0 });
    // Later in this turn: what the same step decided goes into the same call.
    this.#loop ??= Promise.resolve().then(() => this.#work());
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#loop;
  }

  async #work(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#options.signal.aborted) {
      const batch = [...this.#waiting.values()].slice(0, BATCH_MAX);
      for (const { task } of batch) {
        this.#waiting.delete(task);
        this.#underWay.add(task);
      }
      await this.#publish(batch);
      for (const { task } of batch) this.#underWay.delete(task);
    }
    this.#loop = undefined;
  }

  async #publish(batch: readonly Waiting[]): Promise<void> {
    const ready: { readonly waiting: Waiting; readonly item: PackageToPublish }[] = [];
    for (const waiting of batch) {
      const output = await this.#outputOf(waiting);
      const { task, place } = waiting;
      if (output !== undefined) ready.push({ waiting, item: { task, place, output } });
    }
    if (ready.length === 0) return;
    const outcomes = await this.#call(ready.map(({ item }) => item));
    const failed = ready.filter(({ waiting }, position) => {
      const error = outcomes[position];
      if (error === null) this.#options.post({ kind: 'published', ...placeOf(waiting) });
      return error !== null && !this.#giveUp(waiting, error ?? noAnswer(waiting));
    });
    if (failed.length === 0) return;
    await pauseUnlessAborted(this.#options.clock, RETRY_PAUSE_MS, this.#options.signal);
    for (const { waiting } of failed) {
      this.#waiting.set(waiting.task, { ...waiting, tries: waiting.tries + 1 });
    }
  }

  async #call(items: readonly PackageToPublish[]): Promise<readonly (ErrorData | null)[]> {
    try {
      return await this.#options.publisher.publish(items);
    } catch (error) {
      const data = wrapError(error, 'publishing packages').toData();
      return items.map(() => data);
    }
  }

  async #outputOf(waiting: Waiting): Promise<PackageOutput | undefined> {
    const { result, plan } = taskOf(this.#options.state, waiting.task);
    try {
      const output = result === null ? undefined : await this.#options.outputs.read(result.output);
      if (output?.kind === 'package') return output;
      throw new StageyardError('BLOB_MISSING', `${plan.title}: the package is gone`);
    } catch (error) {
      const { task } = waiting;
      this.#options.post({
        kind: 'publish-failed',
        task,
        error: wrapError(error, plan.title).toData(),
      });
      return undefined;
    }
  }

  /** True when no later try can help; then it has been told. */
  #giveUp({ task, tries }: Waiting, error: ErrorData): boolean {
    const isHopeless = errorCodes[error.code].retry === 'never' || tries + 1 >= TRIES_MAX;
    if (isHopeless) this.#options.post({ kind: 'publish-failed', task, error });
    return isHopeless;
  }
}

function placeOf({ task, place }: Waiting): {
  readonly task: TaskId;
  readonly place: PublicationPlace;
} {
  return { task, place };
}

function noAnswer({ task }: Waiting): ErrorData {
  return { code: 'INTERNAL', message: `${task}: the publisher gave no answer`, context: {} };
}
