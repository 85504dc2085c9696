/** A journal in memory: outlives the coordinator that writes to it, as a disk does. */
import { StageyardError } from '#proto/errors.ts';
import type { AppendOutcome, Journal, JournalEntry } from '#proto/ports/journal.ts';

/** See the file's head. */
export class FakeJournal implements Journal {
  readonly entries: JournalEntry[] = [];
  #isClosed = false;

  async append(body: Uint8Array, expectedLastSequence: number): Promise<AppendOutcome> {
    if (this.#isClosed) throw new StageyardError('JOURNAL_UNAVAILABLE', 'the journal is closed');
    const lastSequence = this.entries.length;
    if (expectedLastSequence !== lastSequence) return { kind: 'conflict', lastSequence };
    const sequence = this.entries.push({ sequence: lastSequence + 1, body: Uint8Array.from(body) });
    return { kind: 'appended', sequence };
  }

  async *read(fromSequence: number): AsyncIterable<JournalEntry> {
    for (const entry of this.entries.slice(fromSequence - 1)) yield entry;
  }

  async last(): Promise<JournalEntry | undefined> {
    return this.entries.at(-1);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}
