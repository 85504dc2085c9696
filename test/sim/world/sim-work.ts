/** The work of simulated workers and the simulated channel: takes time, fails, forgets. */
import type { BlobRef } from '#proto/digest.ts';
import { type ErrorData, StageyardError } from '#proto/errors.ts';
import type { TaskId, WorkerId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { PackagePublisher, PackageToPublish } from '#coordinator/shell/publication-queue.ts';
import type { TaskExecution, TaskExecutor, TaskRequest } from '#workers/shell/task-executor.ts';
import { madeResult } from '../../support/made-results.ts';
import type { Observer } from './observer.ts';
import type { SimConnection } from './sim-ports.ts';

/** Longest duration of a task. */
const WORK_MS_MAX = 60_000;

/** What simulated work is made of. */
export interface SimWorkOptions {
  readonly connection: SimConnection;
  readonly worker: WorkerId;
  readonly slots: number;
  readonly blobs: BlobStore;
  readonly doomed: ReadonlySet<TaskId>;
  readonly observer: Observer;
}

/** See the file's head. */
export class SimExecutor implements TaskExecutor {
  readonly #options: SimWorkOptions;
  #runningCount = 0;

  constructor(options: SimWorkOptions) {
    this.#options = options;
  }

  async execute(request: TaskRequest): Promise<TaskExecution> {
    const { observer, worker, slots } = this.#options;
    const { task, epoch } = request.attempt;
    observer.executes(worker, task, epoch);
    this.#runningCount += 1;
    if (this.#runningCount > slots)
      observer.violate('capacity-respected', `${worker} runs too much`);
    try {
      return await this.#work(request);
    } finally {
      this.#runningCount -= 1;
    }
  }

  async #work({ spec, inputs, signal }: TaskRequest): Promise<TaskExecution> {
    const { connection, blobs, doomed, observer } = this.#options;
    const { random, process, faults } = connection;
    for (const { blob, task } of inputs.artifacts) await this.#need(blob, task);
    await process.sleep(random.integer(`work.${process.name}`, 1, WORK_MS_MAX), signal);
    if (doomed.has(spec.task)) throw new StageyardError('SCRIPT_FAILED', 'exit status 1');
    if (random.chance('work.fails', faults().workFails)) {
      throw new StageyardError('DISK_FULL', 'no space left');
    }
    const output = madeResult(spec);
    if (output.kind !== 'package') return { output, reused: false };
    const bytes = new TextEncoder().encode(`package ${spec.staticKey}`);
    const artifact = await blobs.putBytes(bytes, { owner: spec.task });
    if (random.chance('work.forgets', faults().blobsForget)) {
      observer.note(`forget ${spec.task}`);
      await blobs.delete(artifact);
    }
    return { output: { ...output, artifact }, reused: false };
  }

  async #need(blob: BlobRef, producer: TaskId): Promise<void> {
    if (await this.#options.blobs.has(blob)) return;
    throw new StageyardError('BLOB_MISSING', `no package of ${producer}`, {
      context: { producer },
    });
  }
}

/** See the file's head. */
export class SimPublisher implements PackagePublisher {
  readonly #connection: SimConnection;
  readonly #observer: Observer;

  constructor(connection: SimConnection, observer: Observer) {
    this.#connection = connection;
    this.#observer = observer;
  }

  publish(packages: readonly PackageToPublish[]): Promise<readonly (ErrorData | null)[]> {
    const { process, random, faults } = this.#connection;
    return process.through(async () =>
      packages.map(({ task, place }) => {
        if (random.chance('publish', faults().blobsRefuse)) {
          return { code: 'BLOB_STORE_UNAVAILABLE', message: 'refused', context: {} };
        }
        this.#observer.publishes(task, place);
        return null;
      }),
    );
  }
}
