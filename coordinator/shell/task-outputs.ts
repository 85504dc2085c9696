/** Results of tasks as documents: read once, kept for those who need them next. */
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { readTaskOutput, TASK_DOCUMENT_BYTES_MAX } from '#proto/task-documents.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { RunArtifact, RunSnapshot, TaskInputs } from '#proto/task-spec.ts';
import type { TaskState } from '#coordinator/core/state.ts';

/** Documents kept in memory, and their bytes in the store; the oldest goes first. */
const KEPT_DOCUMENTS_MAX = 2_000;
const KEPT_BYTES_MAX = 128 * 1024 * 1024;

interface Kept {
  readonly loading: Promise<TaskOutput>;
  readonly sizeBytes: number;
}

/** See the file's head. */
export class TaskOutputs {
  readonly #blobs: BlobStore;
  readonly #kept = new Map<string, Kept>();
  #keptBytes = 0;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** The document. Rejects with `BLOB_*` or `MESSAGE_INVALID`. */
  async read(ref: BlobRef): Promise<TaskOutput> {
    const known = this.#kept.get(ref.digest);
    if (known !== undefined) return known.loading;
    const { digest, sizeBytes } = ref;
    const loading = this.#load(ref);
    this.#kept.set(digest, { loading, sizeBytes });
    this.#keptBytes += sizeBytes;
    this.#bound();
    try {
      return await loading;
    } catch (error) {
      this.#forget(digest);
      throw error;
    }
  }

  #bound(): void {
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_DOCUMENTS_MAX && this.#keptBytes <= KEPT_BYTES_MAX) return;
      this.#forget(oldest);
    }
  }

  #forget(digest: string): void {
    this.#keptBytes -= this.#kept.get(digest)?.sizeBytes ?? 0;
    this.#kept.delete(digest);
  }

  /**
   * What a task sees of the run: packages of everything it depends on, transitively, in plan order, and
   * the snapshots of its own staging chain, nearest first. A result that can't be read rejects with
   * its error, whose context's `producer` names the task that made it.
   */
  async inputsOf(task: TaskState): Promise<TaskInputs> {
    const artifacts: RunArtifact[] = [];
    for (const made of ancestors(task)) {
      const output = made.plan.kind === 'package' ? await this.#resultOf(made) : undefined;
      if (output?.kind !== 'package') continue;
      const { record, artifact: blob, files } = output;
      artifacts.push({ task: made.plan.id, record, blob, files });
    }
    const snapshots: RunSnapshot[] = [];
    for (const made of stagingChain(task)) {
      const output = await this.#resultOf(made);
      if (output.kind !== 'stage') continue;
      const { stagingName, manifest } = output;
      snapshots.push({ task: made.plan.id, stagingName, manifest });
    }
    return { artifacts, snapshots, ...(task.reopenCount > 0 ? { rebuild: true } : {}) };
  }

  async #resultOf(task: TaskState): Promise<TaskOutput> {
    const { id, title } = task.plan;
    if (task.result === null) throw new RangeError(`${id} has no result yet`);
    try {
      return await this.read(task.result.output);
    } catch (error) {
      if (!(error instanceof StageyardError)) throw error;
      const code = error.code === 'MESSAGE_INVALID' ? 'BLOB_MISSING' : error.code;
      const message = `the result of ${title} can't be read: ${error.message}`;
      const context = { ...error.context, producer: id };
      throw new StageyardError(code, message, { cause: error, context });
    }
  }

  async #load(ref: BlobRef): Promise<TaskOutput> {
    const bytes = await this.#blobs.getBytes(ref, TASK_DOCUMENT_BYTES_MAX);
    return readTaskOutput(new TextDecoder().decode(bytes));
  }
}

function ancestors(task: TaskState): readonly TaskState[] {
  const seen = new Set<TaskState>();
  const pending = [...task.prerequisites];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    pending.push(...next.prerequisites);
  }
  return [...seen].toSorted((a, b) => a.index - b.index);
}

/** A task depends directly on at most one stage task: the one it inherits from. */
function stagingChain(task: TaskState): readonly TaskState[] {
  const chain: TaskState[] = [];
  const parentOf = (child: TaskState): TaskState | undefined =>
    child.prerequisites.find(({ plan }) => plan.kind === 'stage');
  for (let next = parentOf(task); next !== undefined; next = parentOf(next)) chain.push(next);
  return chain;
}
