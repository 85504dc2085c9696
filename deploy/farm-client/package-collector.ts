/**
 * Brings packages of a farm's run home as they settle: one call to the publisher at a time, all that have become
 * due meanwhile in the next one.
 */
import { errorCodes } from '#proto/error-codes.ts';
import { type ErrorData, StageyardError, wrapError } from '#proto/errors.ts';
import type { TaskId } from '#proto/ids.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { PublicationPlace } from '#coordinator/core/facts.ts';
import type { PackagePublisher, PackageToPublish } from '#coordinator/shell/publication-queue.ts';

/** Packages of one call. */
const BATCH_MAX = 100;
/** Tries of a package whose failure may pass. */
const TRIES_MAX = 3;
const RETRY_PAUSE_MS = 2_000;

/** What a collector works with. */
export interface CollectorOptions {
  readonly publisher: PackagePublisher;
  readonly outputOf: (task: TaskId) => Promise<TaskOutput | undefined>;
  /** Null: it is home. */
  readonly onSettled: (task: TaskId, error: ErrorData | null) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Due {
  readonly task: TaskId;
  readonly place: PublicationPlace;
  readonly tries: number;
}

/** See the file's head. */
export class PackageCollector {
  readonly #options: CollectorOptions;
  #due: Due[] = [];
  #work: Promise<void> | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Each package once. */
  add(task: TaskId, place: PublicationPlace): void {
    this.#due.push({ task, place, tries: 0 });
    // Later in this turn: what the same step settled goes into the same call.
    this.#work ??= Promise.resolve().then(() => this.#collect());
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async #collect(): Promise<void> {
    while (this.#due.length > 0 && !this.#options.signal.aborted) {
      const batch = this.#due.slice(0, BATCH_MAX);
      this.#due = this.#due.slice(BATCH_MAX);
      await this.#publish(batch);
    }
    this.#work = undefined;
  }

  async #publish(batch: readonly Due[]): Promise<void> {
    const loaded = await Promise.all(batch.map((due) => this.#packageOf(due)));
    const items = loaded.flatMap((item) => (item === undefined ? [] : [item]));
    if (items.length === 0) return;
    const answers = await this.#call(items);
    const again = items.flatMap(({ task }, position) => {
      const due = batch.find((candidate) => candidate.task === task);
      const error = answers[position] ?? null;
      return due === undefined || this.#settle(due, error) ? [] : [due];
    });
    if (again.length === 0) return;
    await pauseUnlessAborted(this.#options.clock, RETRY_PAUSE_MS, this.#options.signal);
    this.#due.push(...again.map((due) => ({ ...due, tries: due.tries + 1 })));
  }

  /** False when it is worth another try. */
  #settle({ task, tries }: Due, error: ErrorData | null): boolean {
    const mayPass = error !== null && errorCodes[error.code].retry !== 'never';
    if (mayPass && tries + 1 < TRIES_MAX) return false;
    this.#options.onSettled(task, error);
    return true;
  }

  async #packageOf({ task, place }: Due): Promise<PackageToPublish | undefined> {
    try {
      const output = await this.#options.outputOf(task);
      if (output?.kind === 'package') return { task, place, output };
      throw new StageyardError('BLOB_MISSING', 'the farm has no package of it');
    } catch (error) {
      this.#options.onSettled(task, wrapError(error, task).toData());
      return undefined;
    }
  }

  async #call(items: readonly PackageToPublish[]): Promise<readonly (ErrorData | null)[]> {
    try {
      return await this.#options.publisher.publish(items);
    } catch (error) {
      const data = wrapError(error, 'bringing packages home').toData();
      return items.map(() => data);
    }
  }
}
