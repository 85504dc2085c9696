/** The work of simulated workers and the simulated channel: takes time, fails, forgets. */
import type { BlobRef } from '#proto/digest.ts';
import { type ErrorData, StageyardError } from '#proto/errors.ts';
import type { TaskId, WorkerId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { PackagePublisher, PackageToPublish } from '#coordinator/shell/publication-queue.ts';
import type { TaskExecution, TaskExecutor, TaskRequest } from '#workers/shell/task-executor.ts';
import { madeResult } from '../../support/made-results.ts';
import { type AttemptSighting, attemptName } from '../checkers/checker.ts';
import type { SimConnection } from './connection.ts';
import type { Observer } from './observer.ts';

/** Longest duration of a task … */
const WORK_MS_MAX = 60_000;
/** … and how many times as long it takes on a slow disk. */
const SLOW_DISK_FACTOR = 10;

/** Tasks whose work fails each time it is tried. */
export interface Fate {
  /** By the user's fault. */
  readonly doomed: ReadonlySet<TaskId>;
  /** By infrastructure. */
  readonly sick: ReadonlySet<TaskId>;
}

/** What simulated work is made of. */
export interface SimWorkOptions {
  readonly connection: SimConnection;
  readonly worker: WorkerId;
  readonly slots: number;
  readonly blobs: BlobStore;
  readonly fate: Fate;
  readonly observer: Observer;
}

/** See the file's head. */
export class SimExecutor implements TaskExecutor {
  readonly #options: SimWorkOptions;
  #runningCount = 0;

  constructor(options: SimWorkOptions) {
    this.#options = options;
  }

  /** Attempts under way. */
  get runningCount(): number {
    return this.#runningCount;
  }

  async execute(request: TaskRequest): Promise<TaskExecution> {
    const { observer, worker, slots } = this.#options;
    observer.executes(sightingOf(request, worker));
    this.#runningCount += 1;
    if (this.#runningCount > slots)
      observer.violate('capacity-respected', `${worker} runs too much`);
    try {
      return await this.#work(request);
    } finally {
      this.#runningCount -= 1;
    }
  }

  async #work(request: TaskRequest): Promise<TaskExecution> {
    const { spec, inputs, signal } = request;
    const { connection, blobs, observer } = this.#options;
    const { random, process, faults } = connection;
    for (const { blob, task } of inputs.artifacts) await this.#need(blob, task);
    const isSlow = random.chance('work.slow', faults().slowDisk);
    const workMs = random.integer(`work.${process.name}`, 1, WORK_MS_MAX);
    await process.sleep(workMs * (isSlow ? SLOW_DISK_FACTOR : 1), signal);
    this.#maybeFail(request);
    const output = madeResult(spec);
    if (output.kind !== 'package') return { output, reused: false };
    // Each attempt has a blob of its own: one that is forgotten is nobody else's.
    const name = attemptName(request.attempt);
    const artifact = await blobs.putBytes(new TextEncoder().encode(name), { owner: name });
    if (random.chance('work.forgets', faults().blobsForget)) {
      observer.note('forget', spec.task);
      await blobs.delete(artifact);
    }
    return { output: { ...output, artifact }, reused: false };
  }

  #maybeFail(request: TaskRequest): void {
    const { connection, fate, observer, worker } = this.#options;
    const { random, faults } = connection;
    const sighting = sightingOf(request, worker);
    const { task } = sighting;
    if (fate.doomed.has(task)) {
      observer.breaks(sighting, 'user');
      throw new StageyardError('SCRIPT_FAILED', 'exit status 1');
    }
    if (!fate.sick.has(task) && !random.chance('work.fails', faults().workFails)) return;
    observer.breaks(sighting, 'infra');
    throw new StageyardError('DISK_FULL', 'no space left');
  }

  async #need(blob: BlobRef, producer: TaskId): Promise<void> {
    if (await this.#options.blobs.has(blob)) return;
    throw new StageyardError('BLOB_MISSING', `no package of ${producer}`, {
      context: { producer },
    });
  }
}

/** A channel: takes what is stored, sometimes not at once. */
export class SimPublisher implements PackagePublisher {
  readonly #connection: SimConnection;
  readonly #blobs: BlobStore;

  constructor(connection: SimConnection, blobs: BlobStore) {
    this.#connection = connection;
    this.#blobs = blobs;
  }

  async publish(packages: readonly PackageToPublish[]): Promise<readonly (ErrorData | null)[]> {
    const { random, faults } = this.#connection;
    const answers: (ErrorData | null)[] = [];
    for (const { output } of packages) {
      const isRefused = random.chance('publish', faults().blobsRefuse);
      if (isRefused) answers.push(failure('BLOB_STORE_UNAVAILABLE'));
      else answers.push((await this.#blobs.has(output.artifact)) ? null : failure('BLOB_MISSING'));
    }
    return answers;
  }
}

function sightingOf({ attempt }: TaskRequest, worker: WorkerId): AttemptSighting {
  const { run, task, epoch } = attempt;
  return { run, task, epoch, worker };
}

function failure(code: ErrorData['code']): ErrorData {
  return { code, message: 'the package cannot be copied', context: {} };
}
