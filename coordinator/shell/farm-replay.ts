/**
 * All runs of a farm as its journal tells them. A run whose plan or state can't be read any more is left out and
 * told of: the others go on.
 */
import type { BlobRef } from '#proto/digest.ts';
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import { parseJsonObject } from '#proto/json-shape.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { JournalSnapshot, SnapshotJournal } from '#proto/ports/journal.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { emptyState } from '#coordinator/core/apply.ts';
import { decodeFarmEntry, type FarmStep, readPlan } from '#coordinator/core/fact-codec.ts';
import type { RunState } from '#coordinator/core/state.ts';
import {
  type FarmIndex,
  getDocument,
  indexRef,
  loadIndex,
  loadState,
  type StoredRun,
} from './farm-snapshots.ts';
import { applyStored, readEntry } from './run-journal.ts';

/** States read at a time. */
const PARALLEL_LOADS = 16;
/** No later try would read more. */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  'BLOB_MISSING',
  'BLOB_DIGEST_MISMATCH',
  'BLOB_TOO_LARGE',
  'MESSAGE_INVALID',
  'JOURNAL_CORRUPT',
]);

/** What a journal told. */
export interface ReplayedFarm {
  /** Highest that was seen; 0 for a new journal. */
  readonly term: number;
  readonly lastSequence: number;
  readonly open: ReadonlyMap<RunId, RunState>;
  /** Over before the last snapshot. */
  readonly stored: ReadonlyMap<RunId, StoredRun>;
  /** Of the last snapshot, if there is one. */
  readonly index: BlobRef | undefined;
}

/** Where to read. */
export interface FarmReplayOptions {
  readonly journal: SnapshotJournal;
  readonly blobs: BlobStore;
  readonly logger: Logger;
}

/** Reads it all. Rejects with `JOURNAL_*`, and as the store does where another try may help. */
export async function replayFarm(options: FarmReplayOptions): Promise<ReplayedFarm> {
  for (;;) {
    const snapshot = await options.journal.loadSnapshot();
    const replay = new FarmReplay(options);
    const [replayed] = await Promise.allSettled([replay.run(snapshot)]);
    const runCount = replay.unreadableCount;
    if (replayed.status === 'fulfilled' && runCount === 0) return replayed.value;
    // A former leader may have saved a snapshot meanwhile and removed what the older one needs.
    const newest = await options.journal.loadSnapshot();
    if (newest?.sequence !== snapshot?.sequence) continue;
    if (replayed.status === 'rejected') throw replayed.reason;
    options.logger.error({ runCount }, 'runs are left out');
    return replayed.value;
  }
}

class FarmReplay {
  readonly #options: FarmReplayOptions;
  readonly #open = new Map<RunId, RunState>();
  readonly #stored = new Map<RunId, StoredRun>();
  readonly #unreadable = new Set<RunId>();
  #term = 0;
  #lastSequence = 0;

  constructor(options: FarmReplayOptions) {
    this.#options = options;
  }

  get unreadableCount(): number {
    return this.#unreadable.size;
  }

  async run(snapshot: JournalSnapshot | undefined): Promise<ReplayedFarm> {
    const { journal } = this.#options;
    const index = snapshot === undefined ? undefined : indexRef(snapshot);
    this.#lastSequence = snapshot?.sequence ?? 0;
    if (index !== undefined) await this.#restore(index, this.#lastSequence);
    const decoder = new TextDecoder();
    for await (const { sequence, body } of journal.read(this.#lastSequence + 1)) {
      const entry = readEntry(sequence, () => decodeFarmEntry(decoder.decode(body)));
      this.#term = Math.max(this.#term, entry.term);
      for (const step of entry.steps) await this.#take(step, sequence);
      this.#lastSequence = sequence;
    }
    return {
      term: this.#term,
      lastSequence: this.#lastSequence,
      open: this.#open,
      stored: this.#stored,
      index,
    };
  }

  async #restore(ref: BlobRef, sequence: number): Promise<void> {
    const index = await this.#loadIndex(ref, sequence);
    this.#term = index.term;
    for (let start = 0; start < index.runs.length; start += PARALLEL_LOADS) {
      const some = index.runs.slice(start, start + PARALLEL_LOADS);
      await Promise.all(some.map((stored) => this.#restoreRun(stored)));
    }
  }

  async #loadIndex(ref: BlobRef, sequence: number): Promise<FarmIndex> {
    try {
      return await loadIndex(this.#options.blobs, ref);
    } catch (error) {
      if (!isLasting(error)) throw error;
      const message = `the journal goes on from a snapshot after entry ${sequence}, whose index of runs can't be read: ${error.message}: bring it back into the store, or give the farm another name`;
      throw new StageyardError('JOURNAL_CORRUPT', message, { cause: error });
    }
  }

  async #restoreRun(stored: StoredRun): Promise<void> {
    const { run, outcome } = stored.listing;
    if (outcome !== null) {
      this.#stored.set(run, stored);
      return;
    }
    const state = await this.#readable(run, () => loadState(this.#options.blobs, stored.state));
    if (state !== undefined) this.#open.set(run, state);
  }

  async #take({ run, submitted, facts }: FarmStep, sequence: number): Promise<void> {
    if (this.#unreadable.has(run)) return;
    if (submitted !== undefined) await this.#begin(run, submitted);
    const state = this.#open.get(run);
    if (state === undefined) return;
    state.term = Math.max(state.term, this.#term);
    await this.#readable(run, async () => {
      for (const fact of facts) applyStored(state, fact, sequence);
    });
  }

  async #begin(run: RunId, { atMs, plan }: NonNullable<FarmStep['submitted']>): Promise<void> {
    const state = await this.#readable(run, async () => {
      const text = await getDocument(this.#options.blobs, plan);
      const begun = emptyState();
      const fact = {
        kind: 'run-submitted',
        atMs,
        plan: readPlan(parseJsonObject(text, 'plan')),
      } as const;
      applyStored(begun, fact, this.#lastSequence + 1);
      return begun;
    });
    if (state !== undefined) this.#open.set(run, state);
  }

  /** What `read` answers; undefined, and the run is left out, when it can't be read at all. */
  async #readable<T>(run: RunId, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isLasting(error)) throw error;
      this.#open.delete(run);
      this.#unreadable.add(run);
      const cause = wrapError(error, run).message;
      this.#options.logger.error({ run, cause }, 'a run cannot be read and is left out');
      return undefined;
    }
  }
}

function isLasting(error: unknown): error is StageyardError {
  return error instanceof StageyardError && LASTING.has(error.code);
}
