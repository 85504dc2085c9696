/**
 * The one journal of a farm: steps of all its runs that wait at the same moment go into one entry, one append
 * at a time.
 *
 *     run A ──step──┐
 *     run B ──step──┼──> waiting ──batch──> one append ──stored──> each run goes on
 *     run C ──step──┘
 *
 * When an append fails for good nothing is stored any more: another coordinator leads, or the journal is gone.
 * Plans are too large for an entry; they lie in the store, and the entry says where.
 */
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { Journal } from '#proto/ports/journal.ts';
import {
  encodeFarmStep,
  type FarmStep,
  joinFarmEntry,
  type StepEntry,
} from '#coordinator/core/fact-codec.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import { putDocument } from './farm-snapshots.ts';
import { JournalWriter } from './journal-writer.ts';
import type { StepLog } from './run-journal.ts';

/** A batch ends with the text that passes this: entries stay far below what a journal takes. */
const BATCH_CHARS_MIN = 512 * 1024;
/** A larger step is stored in parts: hundreds of tasks may fail at once, each with the end of its log. */
const STEP_CHARS_MAX = 256 * 1024;
/** Between two looks whether all that was decided is stored. */
const QUIESCE_PAUSE_MS = 10;
const QUIESCE_PAUSES_MAX = 200;

/** What a farm's journal works with. */
export interface FarmJournalOptions {
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly term: number;
  /** Of the newest entry that was replayed. */
  readonly lastSequence: number;
}

interface Waiting {
  /** Empty for one who only wants to know that nobody else has written. */
  readonly text: string;
  readonly stored: () => void;
  readonly failed: (error: StageyardError) => void;
}

/** See the file's head. */
export class FarmJournal {
  /** Entries stored since it was opened. */
  entryCount = 0;
  /** Runs with steps since somebody emptied the set. */
  readonly changed = new Set<RunId>();
  /** Resolves when nothing can be stored any more. */
  readonly lost: Promise<StageyardError>;
  readonly #options: FarmJournalOptions;
  readonly #writer: JournalWriter;
  readonly #lose: (error: StageyardError) => void;
  #waiting: Waiting[] = [];
  #isFlushing = false;
  /** Steps that were decided and aren't stored yet. */
  #underWayCount = 0;
  #lostBy: StageyardError | undefined;
  #gate: Promise<void> | undefined;

  constructor(options: FarmJournalOptions) {
    const { journal, clock, lastSequence } = options;
    const { promise, resolve } = Promise.withResolvers<StageyardError>();
    this.#options = options;
    this.#writer = new JournalWriter(journal, clock, lastSequence);
    this.lost = promise;
    this.#lose = resolve;
  }

  /** Sequence of the newest entry. */
  get lastSequence(): number {
    return this.#writer.lastSequence;
  }

  /** Stores an entry without facts: from now on a former leader's appends are refused. */
  async fence(): Promise<void> {
    const entry = joinFarmEntry(this.#options.term, []);
    await this.#writer.append(new TextEncoder().encode(entry));
  }

  /** Resolves when nobody else has written to it meanwhile. Rejects with `JOURNAL_*`. */
  confirm(): Promise<void> {
    return this.#enqueue('');
  }

  /** Where one run leaves its steps. */
  logOf(run: RunId): StepLog {
    return {
      append: (step) => this.#append(run, step),
      confirm: () => this.confirm(),
      turn: async () => this.#gate,
    };
  }

  /**
   * Calls `cut` at a moment when all that was decided is stored; answers what it answers. No run decides anything
   * meanwhile, so it doesn't wait for long. Rejects with `JOURNAL_*`.
   */
  async quiesce<T>(cut: () => T): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    try {
      // Whoever passed the gate before it closed has called `append` after this pause.
      await this.#options.clock.sleep(0);
      await this.#drained();
      return cut();
    } finally {
      this.#gate = undefined;
      resolve();
    }
  }

  async #drained(): Promise<void> {
    const { clock } = this.#options;
    for (let pauses = 0; this.#underWayCount > 0; pauses += 1) {
      if (pauses === QUIESCE_PAUSES_MAX) {
        throw new StageyardError('JOURNAL_UNAVAILABLE', 'a step is still being stored');
      }
      await clock.sleep(QUIESCE_PAUSE_MS);
    }
    if (this.#lostBy !== undefined) throw this.#lostBy;
  }

  async #append(run: RunId, { facts }: StepEntry): Promise<void> {
    this.#underWayCount += 1;
    this.changed.add(run);
    try {
      const texts = textsOf(await this.#farmStep(run, facts));
      await Promise.all(texts.map((text) => this.#enqueue(text)));
    } finally {
      this.#underWayCount -= 1;
    }
  }

  async #farmStep(run: RunId, facts: readonly Fact[]): Promise<FarmStep> {
    const [first, ...others] = facts;
    if (first?.kind !== 'run-submitted') return { run, facts };
    const plan = await putDocument(this.#options.blobs, first.plan, `${run}/submission`);
    return { run, submitted: { atMs: first.atMs, plan }, facts: others };
  }

  #enqueue(text: string): Promise<void> {
    if (this.#lostBy !== undefined) return Promise.reject(this.#lostBy);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ text, stored: resolve, failed: reject });
    // Later in this turn: what other runs decide meanwhile goes into the same entry.
    if (!this.#isFlushing) void Promise.resolve().then(() => this.#flush());
    this.#isFlushing = true;
    return promise;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        await this.#store(batch.flatMap(({ text }) => (text === '' ? [] : [text])));
        for (const { stored } of batch) stored();
      } catch (error) {
        this.#fail(wrapError(error, 'the journal of the farm'), batch);
      }
    }
    this.#isFlushing = false;
  }

  #nextBatch(): readonly Waiting[] {
    let charCount = 0;
    const end = this.#waiting.findIndex(({ text }) => {
      charCount += text.length;
      return charCount >= BATCH_CHARS_MIN;
    });
    const count = end === -1 ? this.#waiting.length : end + 1;
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return batch;
  }

  async #store(steps: readonly string[]): Promise<void> {
    if (this.#lostBy !== undefined) throw this.#lostBy;
    if (steps.length === 0) return this.#writer.confirm();
    const entry = joinFarmEntry(this.#options.term, steps);
    await this.#writer.append(new TextEncoder().encode(entry));
    this.entryCount += 1;
  }

  #fail(error: StageyardError, batch: readonly Waiting[]): void {
    this.#lostBy ??= error;
    this.#lose(this.#lostBy);
    for (const { failed } of batch) failed(this.#lostBy);
  }
}

/** In order; a coordinator that starts with only the first of them draws the conclusions anew. */
function textsOf(step: FarmStep): readonly string[] {
  const text = encodeFarmStep(step);
  const { run, facts } = step;
  if (text.length <= STEP_CHARS_MAX || facts.length < 2) return [text];
  const middle = facts.length >> 1;
  const halves = [
    { ...step, facts: facts.slice(0, middle) },
    { run, facts: facts.slice(middle) },
  ];
  return halves.flatMap(textsOf);
}
