/** A run of a farm that is over: listed from memory, its state read when somebody asks. */
import type { BlobRef } from '#proto/digest.ts';
import type { TaskId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { RunListing } from '#coordinator/core/run-listing.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunState } from '#coordinator/core/state.ts';
import type { FarmRun } from './farm.ts';
import { loadState, type StoredRun } from './farm-snapshots.ts';
import { type RunEvent, type TaskView, viewOf } from './run-events.ts';
import type { TaskOutputs } from './task-outputs.ts';

/** See the file's head. */
export class PastRun implements FarmRun {
  readonly #blobs: BlobStore;
  readonly #stored: StoredRun;
  readonly #outputs: TaskOutputs;
  #loaded: Promise<RunState> | undefined;

  constructor(blobs: BlobStore, outputs: TaskOutputs, stored: StoredRun) {
    this.#blobs = blobs;
    this.#stored = stored;
    this.#outputs = outputs;
  }

  listing(): RunListing {
    return this.#stored.listing;
  }

  async tasks(): Promise<readonly TaskView[]> {
    const state = await this.#state();
    return [...state.tasks.values()].map((task) => viewOf(state, task));
  }

  async task(id: TaskId): Promise<TaskView | undefined> {
    const state = await this.#state();
    const task = state.tasks.get(id);
    return task === undefined ? undefined : viewOf(state, task);
  }

  async plan(): Promise<RunPlan> {
    const { plan } = await this.#state();
    if (plan === null) throw new RangeError('a stored run has a plan');
    return plan;
  }

  async follow(listener: (event: RunEvent) => void): Promise<() => void> {
    const { run, changedAtMs, outcome } = this.#stored.listing;
    listener({ kind: 'opened', run, isResumed: true, tasks: await this.tasks() });
    if (outcome !== null) listener({ kind: 'finished', atMs: changedAtMs, outcome });
    return () => undefined;
  }

  async cancel(): Promise<void> {
    // It is over.
  }

  async setPaused(): Promise<void> {
    // It is over.
  }

  async outputOf(task: TaskId): Promise<TaskOutput | undefined> {
    const result = (await this.#state()).tasks.get(task)?.result ?? null;
    return result === null ? undefined : this.#outputs.read(result.output);
  }

  logLines(): undefined {
    // All of them are stored.
  }

  async storedLog(task: TaskId): Promise<BlobRef | undefined> {
    return (await this.#state()).tasks.get(task)?.log ?? undefined;
  }

  /** Read once; a failure is forgotten, so that the next one who asks tries again. */
  async #state(): Promise<RunState> {
    this.#loaded ??= loadState(this.#blobs, this.#stored.state);
    try {
      return await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }
}
