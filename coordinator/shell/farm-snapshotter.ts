/** Writes what a restart reads (farm-snapshots.ts): states of runs that changed since the last time, and the index. */
import type { BlobRef } from '#proto/digest.ts';
import { wrapError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { SnapshotJournal } from '#proto/ports/journal.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { listingOf, type RunListing } from '#coordinator/core/run-listing.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { cutState } from '#coordinator/core/state-codec.ts';
import type { FarmJournal } from './farm-journal.ts';
import { putDocument, putIndex, snapshotOf, type StoredRun } from './farm-snapshots.ts';

/** Runs that are over and still listed; the oldest is forgotten first. */
const STORED_RUNS_MAX = 20_000;
/** States stored at a time. */
const PARALLEL_PUTS = 8;

/** What it works with. */
export interface FarmSnapshotterOptions {
  readonly journal: SnapshotJournal;
  readonly steps: FarmJournal;
  readonly blobs: BlobStore;
  readonly logger: Logger;
  readonly term: number;
  /** Of the snapshot that was read. */
  readonly index: BlobRef | undefined;
}

/** A run at the moment of a snapshot. */
interface CutRun {
  readonly run: RunId;
  readonly listing: RunListing;
  readonly state: object;
}

/** See the file's head. */
export class FarmSnapshotter {
  /** Runs that are over, oldest first. */
  readonly over: Map<RunId, StoredRun>;
  readonly #options: FarmSnapshotterOptions;
  /** Where the states of runs that go on lie. */
  readonly #going = new Map<RunId, StoredRun>();
  /** Not in the newest snapshot; a coordinator that is starting may have read the one before it. */
  #superseded: BlobRef[] = [];
  /** Nor in the one before it. */
  #doomed: readonly BlobRef[] = [];
  #index: BlobRef | undefined;

  constructor(options: FarmSnapshotterOptions, over: ReadonlyMap<RunId, StoredRun>) {
    this.#options = options;
    this.#index = options.index;
    this.over = new Map(over);
  }

  /** Writes one; the runs of {@link over} then lie in the store. Rejects with `BLOB_*` or `JOURNAL_*`. */
  async save(states: () => Iterable<RunState>): Promise<void> {
    const { steps } = this.#options;
    const { changed } = steps;
    const cut = await steps.quiesce(() => ({
      sequence: steps.lastSequence,
      runs: [...states()].flatMap((state) => this.#cut(state, changed)),
    }));
    try {
      await this.#store(cut.runs, cut.sequence);
    } catch (error) {
      for (const { run } of cut.runs) changed.add(run);
      throw error;
    }
    const doomed = this.#doomed;
    this.#doomed = this.#superseded;
    this.#superseded = [];
    await this.#remove(doomed);
  }

  async #store(cut: readonly CutRun[], sequence: number): Promise<void> {
    const { blobs, journal, term } = this.#options;
    await this.#putAll(cut, sequence);
    while (this.over.size > STORED_RUNS_MAX) this.#forgetOldest();
    const runs = [...this.over.values(), ...this.#going.values()];
    const index = await putIndex(blobs, { term, runs }, sequence);
    await journal.saveSnapshot(snapshotOf(index, sequence));
    if (this.#index !== undefined) this.#superseded.push(this.#index);
    this.#index = index;
  }

  #cut(state: RunState, changed: Set<RunId>): readonly CutRun[] {
    const listing = listingOf(state);
    const { run } = listing;
    const isKnown = this.#going.has(run) && !changed.delete(run);
    if (isKnown || this.over.has(run)) return [];
    changed.delete(run);
    return [{ run, listing, state: cutState(state) }];
  }

  async #putAll(runs: readonly CutRun[], sequence: number): Promise<void> {
    for (let start = 0; start < runs.length; start += PARALLEL_PUTS) {
      const some = runs.slice(start, start + PARALLEL_PUTS);
      await Promise.all(some.map((run) => this.#put(run, sequence)));
    }
  }

  async #put({ run, listing, state: cut }: CutRun, sequence: number): Promise<void> {
    const { blobs, term } = this.#options;
    const state = await putDocument(blobs, cut, `${run}/state-${term}-${sequence}`);
    const before = this.#going.get(run);
    this.#going.delete(run);
    (listing.outcome === null ? this.#going : this.over).set(run, { listing, state });
    if (before !== undefined && before.state.digest !== state.digest) {
      this.#superseded.push(before.state);
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.over;
    if (oldest === undefined) return;
    this.over.delete(oldest[0]);
    this.#superseded.push(oldest[1].state);
  }

  /** Nobody reads them any more; one that stays costs only space. */
  async #remove(refs: readonly BlobRef[]): Promise<void> {
    const { blobs, logger } = this.#options;
    for (const ref of refs) {
      try {
        await blobs.delete(ref);
      } catch (error) {
        logger.debug(
          { cause: wrapError(error, 'blob').message },
          'an old state stays in the store',
        );
      }
    }
  }
}
