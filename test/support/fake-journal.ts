/** A journal in memory: outlives the coordinator that writes to it, as a disk does. */
import { StageyardError } from '#proto/errors.ts';
import type {
  AppendOutcome,
  JournalEntry,
  JournalSnapshot,
  SnapshotJournal,
} from '#proto/ports/journal.ts';

/** See the file's head. */
export class FakeJournal implements SnapshotJournal {
  readonly entries: JournalEntry[] = [];
  /** Entries stay although a snapshot was saved: tests look at all of them. */
  snapshot: JournalSnapshot | undefined;
  /** Reading one before it fails: as if the entries were dropped. */
  firstSequence = 1;
  #isClosed = false;

  async append(body: Uint8Array, expectedLastSequence: number): Promise<AppendOutcome> {
    if (this.#isClosed) throw new StageyardError('JOURNAL_UNAVAILABLE', 'the journal is closed');
    const lastSequence = this.entries.length;
    if (expectedLastSequence !== lastSequence) return { kind: 'conflict', lastSequence };
    const sequence = this.entries.push({ sequence: lastSequence + 1, body: Uint8Array.from(body) });
    return { kind: 'appended', sequence };
  }

  async *read(fromSequence: number): AsyncIterable<JournalEntry> {
    if (fromSequence < this.firstSequence) throw new StageyardError('JOURNAL_CORRUPT', 'dropped');
    for (const entry of this.entries.slice(fromSequence - 1)) yield entry;
  }

  async last(): Promise<JournalEntry | undefined> {
    return this.entries.at(-1);
  }

  async saveSnapshot(snapshot: JournalSnapshot): Promise<void> {
    if ((this.snapshot?.sequence ?? 0) < snapshot.sequence) this.snapshot = snapshot;
  }

  async loadSnapshot(): Promise<JournalSnapshot | undefined> {
    return this.snapshot;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}
