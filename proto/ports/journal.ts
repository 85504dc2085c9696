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
