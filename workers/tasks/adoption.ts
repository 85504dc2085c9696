/**
 * Nothing is built twice: before a task builds, it asks the store's result index for its exact key. A
 * result that is there is adopted (when its blobs still are), one that somebody else is making is waited
 * for, and otherwise the key is claimed, kept claimed while the build runs, and committed at the end. Waiting has a
 * bound: half of the attempt's time, after which the result is made here too (either is good).
 */
import type { BlobRef } from '#proto/digest.ts';
import { canonicalJson } from '#proto/canonical-json.ts';
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { InputKey } from '#proto/ids.ts';
import { loadSnapshotManifest } from '#proto/messages/codec.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';
import type { IndexedResult, ResultIndex } from '#proto/ports/result-index.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import { readTaskOutput, TASK_DOCUMENT_BYTES_MAX } from '#proto/task-documents.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { TaskInputs, TaskSpec } from '#proto/task-spec.ts';
import type { TaskExecution, TaskRequest } from '../shell/task-executor.ts';
import type { TaskServices } from './services.ts';

const CLAIM_TTL_MS = 60_000;
const CLAIM_RENEWAL_MS = 20_000;
const WAIT_MS_MIN = 50;
const WAIT_MS_MAX = 1_000;

/** A stored result with one of these is no result. */
const DAMAGED: ReadonlySet<ErrorCode> = new Set([
  'BLOB_MISSING',
  'BLOB_DIGEST_MISMATCH',
  'BLOB_TOO_LARGE',
  'MESSAGE_INVALID',
]);

/** What adoption needs. */
interface AdoptionOptions {
  readonly index: ResultIndex;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly key: InputKey;
  /** Run and attempt: unique. */
  readonly owner: string;
  /** Forget a stored result and build. */
  readonly rebuild: boolean;
  /** Longest wait for somebody else's result. */
  readonly waitMsMax: number;
  readonly reporter: TaskReporter;
  readonly signal: AbortSignalLike;
}

/** An output and the document of it. */
interface StoredOutput {
  readonly output: TaskOutput;
  readonly stored: BlobRef;
}

/** A key that is ours until it is committed or released. */
interface Claim {
  /** Stores the result; answers the one that counts (a first one stays). */
  commit(output: TaskOutput): Promise<StoredOutput>;
  /** Gives the key back; after a commit it does nothing. */
  release(): Promise<void>;
}

/** What {@link adoptOrClaim} found. */
type Adoption =
  | { readonly kind: 'adopted'; readonly found: StoredOutput }
  | { readonly kind: 'claimed'; readonly claim: Claim };

/** Blobs without which an output is worth nothing. */
async function blobsOf(output: TaskOutput, options: AdoptionOptions): Promise<readonly BlobRef[]> {
  if (output.kind === 'test') return [];
  if (output.kind === 'package') return [output.artifact];
  const manifest = await loadSnapshotManifest(output.manifest, options.blobs, options.signal);
  return [manifest.prefix.blob, manifest.work.blob];
}

async function loadOutput(
  options: AdoptionOptions,
  result: IndexedResult,
): Promise<StoredOutput | undefined> {
  const { blobs: store, signal } = options;
  const stored = result.output;
  try {
    const bytes = await store.getBytes(stored, TASK_DOCUMENT_BYTES_MAX, signal);
    const output = readTaskOutput(new TextDecoder().decode(bytes));
    if (output.exactKey !== options.key) return undefined;
    const blobs = await blobsOf(output, options);
    const present = await Promise.all(blobs.map((blob) => store.has(blob)));
    return present.every(Boolean) ? { output, stored } : undefined;
  } catch (error) {
    if (error instanceof StageyardError && DAMAGED.has(error.code)) return undefined;
    throw wrapError(error, 'while reading a stored result');
  }
}

function makeClaim(options: AdoptionOptions): Claim {
  const { index, key, owner } = options;
  let open = true;
  let renewing: Promise<unknown> = Promise.resolve();
  const renewal = setInterval(() => {
    renewing = index.claim(key, owner, CLAIM_TTL_MS).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      options.reporter.report({
        kind: 'notice',
        text: `the claim on this result could not be renewed: ${text}`,
      });
    });
  }, CLAIM_RENEWAL_MS);
  renewal.unref();
  const close = (): boolean => {
    clearInterval(renewal);
    const wasOpen = open;
    open = false;
    return wasOpen;
  };
  return {
    async commit(output) {
      const bytes = new TextEncoder().encode(canonicalJson(output));
      const stored = await options.blobs.putBytes(bytes, { owner }, options.signal);
      const kept = await index.commit({ key, output: stored, builtAtMs: options.clock.nowMs() });
      close();
      const first =
        kept.output.digest === stored.digest ? undefined : await loadOutput(options, kept);
      return first ?? { output, stored };
    },
    async release() {
      if (!close()) return;
      // A renewal under way would take the key again after it was given back.
      await renewing;
      await index.unclaim(key, owner);
    },
  };
}

/** Waits for another owner's result, adopts a stored one, or claims the key. Rejects with `CANCELLED` and the codes of index and store. */
async function adoptOrClaim(options: AdoptionOptions): Promise<Adoption> {
  const { index, key, owner, reporter } = options;
  if (options.rebuild) await index.forget(key);
  const untilMs = options.clock.nowMs() + options.waitMsMax;
  let waitMs = WAIT_MS_MIN;
  while (true) {
    const answer = await index.claim(key, owner, CLAIM_TTL_MS);
    const isLate = options.clock.nowMs() >= untilMs;
    if (answer.kind === 'granted' || (answer.kind === 'busy' && isLate))
      return { kind: 'claimed', claim: makeClaim(options) };
    if (answer.kind === 'exists') {
      const found = await loadOutput(options, answer.result);
      if (found !== undefined) return { kind: 'adopted', found };
      // Its blobs are gone or damaged: a miss, and nobody else should fall for it.
      await index.forget(key);
      continue;
    }
    if (waitMs === WAIT_MS_MIN)
      reporter.report({
        kind: 'phase',
        phase: 'waiting',
        detail: `another build is making the same result (${answer.owner})`,
      });
    await options.clock.sleep(waitMs, options.signal);
    waitMs = Math.min(waitMs * 2, WAIT_MS_MAX);
  }
}

/** The attempt that wants a result, and the result's key. */
interface WantedResult {
  readonly request: Pick<TaskRequest, 'attempt' | 'limits' | 'reporter' | 'signal'> & {
    readonly spec: Pick<TaskSpec, 'rebuild'>;
    readonly inputs: Pick<TaskInputs, 'rebuild'>;
  };
  readonly key: InputKey;
}

/** Adopts a stored result or builds and commits one; a claim never outlives a failed build. */
export async function adoptOr(
  services: Pick<TaskServices, 'results' | 'blobs' | 'clock'>,
  wanted: WantedResult,
  build: () => Promise<TaskOutput>,
): Promise<TaskExecution> {
  const { request, key } = wanted;
  const adoption = await adoptOrClaim({
    index: services.results,
    blobs: services.blobs,
    clock: services.clock,
    key,
    owner: `${request.attempt.run}/${request.attempt.attempt}`,
    rebuild: request.spec.rebuild === true || request.inputs.rebuild === true,
    waitMsMax: request.limits.wallTimeMs / 2,
    reporter: request.reporter,
    signal: request.signal,
  });
  if (adoption.kind === 'adopted') return { ...adoption.found, reused: true };
  try {
    return { ...(await adoption.claim.commit(await build())), reused: false };
  } finally {
    await adoption.claim.release();
  }
}
