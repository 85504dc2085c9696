/** Results of tasks as documents: read once, kept for those who need them next. */
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { canonicalJson } from '#proto/canonical-json.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { TaskId } from '#proto/ids.ts';
import { ifValid } from '#proto/json-shape.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { readTaskOutput, readTaskSpec, TASK_DOCUMENT_BYTES_MAX } from '#proto/task-documents.ts';
import type { PackageOutput, TaskOutput } from '#proto/task-output.ts';
import type { RunArtifact, RunSnapshot, TaskInputs } from '#proto/task-spec.ts';
import type { TaskResult, TaskState } from '#coordinator/core/state.ts';
import { Kept } from './kept.ts';
import { putBytes } from './large-puts.ts';
import { Turns } from './turns.ts';

/** Documents kept in memory, by their bytes in the store; a small one takes more than that. */
const DOCUMENT_BYTES_KEPT = 128 * 1024 * 1024;
const DOCUMENT_BYTES_MIN = 64 * 1024;
/** What others see of packages, kept longer: each task looks at all before it. */
const ARTIFACT_BYTES_KEPT = 64 * 1024 * 1024;
/** Results read at a time for one task. */
const PARALLEL_READS = 16;
/** Packages whose inputs are made in a moment. */
const SMALL_INPUTS = 100;
/** Inputs made at a time: those of a task late in a large run take megabytes. */
const PARALLEL_INPUTS = 16;

const COMMA = Buffer.from(',');
const NOBODY: ReadonlySet<string> = new Set();

/** A package as those see it who don't need its files. */
interface SeenArtifact {
  /** Of its record. */
  readonly name: string;
  /** JSON of its {@link RunArtifact}. */
  readonly json: Buffer;
}

/** See the file's head. */
export class TaskOutputs {
  readonly #blobs: BlobStore;
  readonly #documents = new Kept<string, Promise<TaskOutput>>(DOCUMENT_BYTES_KEPT);
  readonly #artifacts = new Kept<TaskResult, SeenArtifact>(ARTIFACT_BYTES_KEPT);
  readonly #turns = new Turns(PARALLEL_INPUTS);
  readonly #pauses = new Turns(1);

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** The document. Rejects with `BLOB_*` or `MESSAGE_INVALID`. */
  async read(ref: BlobRef): Promise<TaskOutput> {
    const { digest, sizeBytes } = ref;
    const known = this.#documents.get(digest);
    if (known !== undefined) return known;
    const loading = this.#load(ref);
    this.#documents.keep(digest, loading, Math.max(sizeBytes, DOCUMENT_BYTES_MIN));
    try {
      return await loading;
    } catch (error) {
      this.#documents.forget(digest);
      throw error;
    }
  }

  /**
   * Stores what a task sees of the run: packages of everything it depends on, transitively, in plan order, and the
   * snapshots of its own staging chain, nearest first; `earlier` is what an earlier try stored. A result that can't
   * be read rejects with its error, whose context's `producer` names the task that made it.
   */
  async storeInputs(task: TaskState, owner: string, earlier?: BlobRef): Promise<BlobRef> {
    return this.#turns.take(undefined, async () => {
      const bytes = await this.#inputsOf(task);
      if (earlier?.digest === hash('sha256', bytes)) return earlier;
      return putBytes(this.#blobs, bytes, owner);
    });
  }

  /** JSON of the task's {@link TaskInputs}. */
  async #inputsOf(task: TaskState): Promise<Buffer> {
    const packages = ancestors(task).filter(({ plan }) => plan.kind === 'package');
    if (packages.length <= SMALL_INPUTS) return this.#inputsWith(packages, task);
    // Everything may be in memory: then nothing else makes a pause between the inputs of two tasks.
    return this.#pauses.take(undefined, async () => {
      await setImmediate();
      return this.#inputsWith(packages, task);
    });
  }

  async #inputsWith(packages: readonly TaskState[], task: TaskState): Promise<Buffer> {
    const siblings = packages.length === 0 ? NOBODY : await this.#siblingsOf(task);
    const artifacts: Buffer[] = [];
    for (let start = 0; start < packages.length; start += PARALLEL_READS) {
      const some = packages.slice(start, start + PARALLEL_READS);
      const seen = await Promise.all(some.map((made) => this.#artifactOf(made, task, siblings)));
      artifacts.push(...seen.flat());
    }
    const snapshots: RunSnapshot[] = [];
    for (const made of stagingChain(task)) {
      const output = await this.#resultOf(made);
      if (output.kind !== 'stage') continue;
      const { stagingName, manifest } = output;
      snapshots.push({ task: made.plan.id, stagingName, manifest });
    }
    const others: Omit<TaskInputs, 'artifacts'> = {
      snapshots,
      ...(task.reopenCount > 0 ? { rebuild: true } : {}),
    };
    const end = `],${canonicalJson(others).slice(1)}`;
    const list = artifacts.flatMap((json, index) => (index === 0 ? [json] : [COMMA, json]));
    return Buffer.concat([Buffer.from('{"artifacts":['), ...list, Buffer.from(end)]);
  }

  /** Its JSON; nothing for a result that is no package. */
  async #artifactOf(
    made: TaskState,
    reader: TaskState,
    siblings: ReadonlySet<string>,
  ): Promise<readonly Buffer[]> {
    const { result } = made;
    const { id, testedBy } = made.plan;
    const known = result === null ? undefined : this.#artifacts.get(result);
    const isTested = testedBy === reader.plan.id;
    if (known !== undefined && !isTested && !siblings.has(known.name)) return [known.json];
    const output = await this.#resultOf(made);
    if (output.kind !== 'package') return [];
    const { record, files } = output;
    if (isTested || siblings.has(record.name)) return [jsonOf(id, output, files)];
    const json = jsonOf(id, output, []);
    if (result !== null) this.#artifacts.keep(result, { name: record.name, json }, json.length);
    return [json];
  }

  /** Names of outputs of the same recipe. A specification that can't be read is its worker's to complain of. */
  async #siblingsOf({ plan }: TaskState): Promise<ReadonlySet<string>> {
    if (plan.kind !== 'package') return NOBODY;
    const bytes = await this.#blobs.getBytes(plan.spec, TASK_DOCUMENT_BYTES_MAX);
    const spec = ifValid(() => readTaskSpec(new TextDecoder().decode(bytes)));
    return spec?.kind === 'package' ? new Set(spec.siblings.map(({ name }) => name)) : NOBODY;
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

function jsonOf(
  task: TaskId,
  { record, artifact: blob }: PackageOutput,
  files: readonly string[],
): Buffer {
  const artifact: RunArtifact = { task, record, blob, files };
  return Buffer.from(canonicalJson(artifact));
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
