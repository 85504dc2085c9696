/**
 * Append-only log of one run's facts (or of a whole farm). One entry per coordinator step, one append
 * in flight. Written for a JetStream stream with expected-sequence appends as it is: an append may be
 * refused because somebody else appended (another leader), or end without an answer (read `last()`
 * to settle it).
 */

/** One entry as stored. Sequences start at 1 and have no gaps for the reader. */
export interface JournalEntry {
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** What became of an append. */
export type AppendOutcome =
  | { readonly kind: 'appended'; readonly sequence: number }
  | { readonly kind: 'conflict'; readonly lastSequence: number };

/** Rejects with `JOURNAL_UNAVAILABLE` when the outcome is unknown, `JOURNAL_CORRUPT` on damaged data. */
export interface Journal {
  /** Durable when it resolves `appended`. `expectedLastSequence` is 0 for an empty journal. */
  append(body: Uint8Array, expectedLastSequence: number): Promise<AppendOutcome>;
  /** Entries from `fromSequence` (≥ 1) up to the last one at the time of the call, in order. */
  read(fromSequence: number): AsyncIterable<JournalEntry>;
  /** The newest entry, undefined when empty. */
  last(): Promise<JournalEntry | undefined>;
  /** Releases locks and connections. No append afterwards. */
  close(): Promise<void>;
}

/** State after an entry, in whatever form the coordinator reads again; small (a reference to a blob). */
export interface JournalSnapshot {
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** A journal that need not be replayed from its beginning for ever. */
export interface SnapshotJournal extends Journal {
  /**
   * Keeps the snapshot instead of an older one; a newer one stays. Entries before `sequence` may be dropped; that one and all
   * later ones stay. Rejects with `JOURNAL_UNAVAILABLE`; repeat it then.
   */
  saveSnapshot(snapshot: JournalSnapshot): Promise<void>;
  /** The newest snapshot: read on from `sequence + 1`. */
  loadSnapshot(): Promise<JournalSnapshot | undefined>;
}
