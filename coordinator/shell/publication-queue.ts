/**
 * Makes packages visible: one call at a time, everything that has become due meanwhile in the next one,
 * so that a channel's index is written once for many packages.
 */
import { type ErrorData, StageyardError, wrapError } from '#proto/errors.ts';
import type { TaskId } from '#proto/ids.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { PackageOutput } from '#proto/task-output.ts';
import type { PublicationPlace } from '#coordinator/core/facts.ts';
import type { Input } from '#coordinator/core/inputs.ts';
import { noFailures, retryVerdict, type RetryVerdict } from '#coordinator/core/retry-policy.ts';
import { type RunState, taskOf } from '#coordinator/core/state.ts';
import type { TaskOutputs } from './task-outputs.ts';

/** Packages of one call. */
const BATCH_MAX = 500;

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
  /** Tries that failed. */
  readonly failures: number;
}

/** See the file's head. */
export class PublicationQueue {
  readonly #options: PublicationQueueOptions;
  readonly #waiting = new Map<TaskId, Waiting>();
  readonly #underWay = new Set<TaskId>();
  /** Those that are tried again after a pause. */
  readonly #pausing = new Map<TaskId, Promise<void>>();
  #loop: Promise<void> | undefined;

  constructor(options: PublicationQueueOptions) {
    this.#options = options;
  }

  /** Enqueues a package; `published` or `publish-failed` is posted later. */
  add(task: TaskId, place: PublicationPlace): void {
    const isKnown = [this.#underWay, this.#waiting, this.#pausing].some((some) => some.has(task));
    if (!isKnown) this.#enqueue({ task, place, failures: 0 });
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#loop !== undefined || this.#pausing.size > 0) {
      await Promise.all([this.#loop, ...this.#pausing.values()]);
    }
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.set(waiting.task, waiting);
    // Later in this turn: what the same step decided goes into the same call.
    this.#loop ??= Promise.resolve().then(() => this.#work());
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
    for (const [position, { waiting }] of ready.entries()) {
      const error = outcomes[position];
      if (error === null) this.#options.post({ kind: 'published', ...placeOf(waiting) });
      else this.#fail(waiting, error ?? noAnswer(waiting));
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
      this.#fail(waiting, wrapError(error, plan.title).toData());
      return undefined;
    }
  }

  /** As a failed attempt of a task: what may pass is tried again later, the rest is told. */
  #fail({ task, place, failures }: Waiting, error: ErrorData): void {
    const verdict = this.#verdictOn(error, failures);
    if (verdict.next === 'final')
      return this.#options.post({ kind: 'publish-failed', task, error });
    const waiting = { task, place, failures: failures + 1 };
    this.#pausing.set(task, this.#tryLater(waiting, verdict.delayMs));
  }

  #verdictOn(error: ErrorData, failures: number): RetryVerdict {
    const { plan } = this.#options.state;
    if (plan === null || isGone(error)) return { next: 'final' };
    // There is only one coordinator to do it: another host's chance is its own next one.
    const policy = { ...plan.options.retry, singleHost: false };
    const tally = { ...noFailures, infra: failures };
    return retryVerdict(policy, { class: 'infra', error, tally, salt: failures });
  }

  async #tryLater(waiting: Waiting, delayMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    await pauseUnlessAborted(clock, delayMs, signal);
    this.#pausing.delete(waiting.task);
    if (!signal.aborted) this.#enqueue(waiting);
  }
}

/** Nobody makes it again for a package that is done. */
function isGone({ code }: ErrorData): boolean {
  return code === 'BLOB_MISSING' || code === 'BLOB_DIGEST_MISMATCH';
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
