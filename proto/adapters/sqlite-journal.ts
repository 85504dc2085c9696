/**
 * A run's journal in one SQLite file: WAL, synchronous writes, and an exclusive lock for as long as
 * the journal is open. The lock is the kernel's: it ends with the process, however that ends, so the
 * next process can continue at once and no two ever write.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { StageyardError } from '../errors.ts';
import type {
  AppendOutcome,
  JournalEntry,
  JournalSnapshot,
  SnapshotJournal,
} from '../ports/journal.ts';
import { openDatabase, sqliteError, sqliteTrouble } from './sqlite.ts';

/** A coordinator's step is a few KB; a plan of a large run is the biggest. */
const ENTRY_SIZE_BYTES_MAX = 16 * 1024 * 1024;
/** Entries read at once. */
const PAGE_ENTRIES = 256;
const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE entry (
    sequence INTEGER PRIMARY KEY,
    body BLOB NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT`;
/** At most one row. Made in older files too: a reader that doesn't know it reads all entries. */
const SNAPSHOT_SCHEMA = `
  CREATE TABLE IF NOT EXISTS snapshot (
    sequence INTEGER NOT NULL,
    body BLOB NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT`;
/** Exclusive before WAL: so the lock covers everything and no shared-memory file is made. */
const PRAGMAS = ['locking_mode = EXCLUSIVE', 'journal_mode = WAL', 'synchronous = FULL'];

const CODES = {
  busy: 'JOURNAL_CONFLICT',
  corrupt: 'JOURNAL_CORRUPT',
  other: 'JOURNAL_UNAVAILABLE',
} as const;

type Codes = Parameters<typeof sqliteError>[2];

/** How it is opened. */
export interface SqliteJournalOptions {
  /** True: for who waits until there is space again, a full disk is `JOURNAL_UNAVAILABLE`. */
  readonly isFullDiskOutage?: boolean;
}

/** `busy`: another process (or another journal object of this one) has it open. */
export type OpenedJournal =
  | { readonly kind: 'opened'; readonly journal: SqliteJournal }
  | { readonly kind: 'busy' };

/** See the file's head. */
export class SqliteJournal implements SnapshotJournal {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #page: StatementSync;
  readonly #codes: Codes;
  #lastSequence = 0;
  #isOpen = true;

  private constructor(path: string, database: DatabaseSync, codes: Codes) {
    this.#path = path;
    this.#codes = codes;
    this.#database = database;
    database.exec(SNAPSHOT_SCHEMA);
    this.#insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?)');
    this.#page = database.prepare(
      'SELECT sequence, body, checksum FROM entry WHERE sequence >= ? AND sequence <= ? ORDER BY sequence LIMIT ?',
    );
  }

  /**
   * Opens or makes the journal at `path` and locks it. Rejects with `JOURNAL_CORRUPT`,
   * `STORE_UNWRITABLE`, `DISK_FULL` or `JOURNAL_UNAVAILABLE`.
   */
  static async open(
    path: string,
    { isFullDiskOutage = false }: SqliteJournalOptions = {},
  ): Promise<OpenedJournal> {
    const codes = isFullDiskOutage ? { ...CODES, full: CODES.other } : CODES;
    try {
      const options = { pragmas: PRAGMAS, schema: SCHEMA, schemaVersion: SCHEMA_VERSION };
      const database = openDatabase({ path, busyTimeoutMs: 0, ...options });
      const journal = new SqliteJournal(path, database, codes);
      await journal.#adoptStored();
      return { kind: 'opened', journal };
    } catch (error) {
      if (sqliteTrouble(error) === 'busy') return { kind: 'busy' };
      throw sqliteError(error, path, codes);
    }
  }

  async append(body: Uint8Array, expectedLastSequence: number): Promise<AppendOutcome> {
    if (body.length > ENTRY_SIZE_BYTES_MAX) {
      const text = `a journal entry of ${body.length} bytes; at most ${ENTRY_SIZE_BYTES_MAX} fit`;
      throw new StageyardError('MESSAGE_INVALID', text);
    }
    return this.#guarded(() => {
      if (expectedLastSequence !== this.#lastSequence) {
        return { kind: 'conflict', lastSequence: this.#lastSequence };
      }
      const sequence = expectedLastSequence + 1;
      this.#insert.run(sequence, body, crc32(body));
      this.#lastSequence = sequence;
      return { kind: 'appended', sequence };
    });
  }

  read(fromSequence: number): AsyncIterable<JournalEntry> {
    return this.#entries(fromSequence, this.#lastSequence);
  }

  async last(): Promise<JournalEntry | undefined> {
    const sequence = this.#guarded(() => this.#storedLastSequence());
    this.#lastSequence = sequence;
    if (sequence === 0) return undefined;
    const row = this.#guarded(() => this.#page.get(sequence, sequence, 1));
    return this.#checked(row, sequence);
  }

  async saveSnapshot({ sequence, body }: JournalSnapshot): Promise<void> {
    this.#guarded(() => {
      const known = this.#newestSnapshot();
      if (known !== undefined && known.sequence >= sequence) return;
      this.#database.exec('BEGIN');
      try {
        this.#database.exec('DELETE FROM snapshot');
        this.#database
          .prepare('INSERT INTO snapshot VALUES (?, ?, ?)')
          .run(sequence, body, crc32(body));
        this.#database.prepare('DELETE FROM entry WHERE sequence < ?').run(sequence);
        this.#database.exec('COMMIT');
      } catch (error) {
        this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  async loadSnapshot(): Promise<JournalSnapshot | undefined> {
    return this.#guarded(() => this.#newestSnapshot());
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#database.close();
  }

  #newestSnapshot(): JournalSnapshot | undefined {
    const row = this.#database.prepare('SELECT * FROM snapshot').get();
    return row === undefined ? undefined : this.#checked(row, Number(row['sequence']));
  }

  async *#entries(fromSequence: number, untilSequence: number): AsyncIterable<JournalEntry> {
    for (let next = fromSequence; next <= untilSequence; ) {
      const rows = this.#guarded(() => this.#page.all(next, untilSequence, PAGE_ENTRIES));
      for (const row of rows) {
        yield this.#checked(row, next);
        next += 1;
      }
      if (rows.length === 0) throw this.#corrupt(next);
    }
  }

  async #adoptStored(): Promise<void> {
    try {
      await this.last();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #storedLastSequence(): number {
    const row = this.#database
      .prepare('SELECT coalesce(max(sequence), 0) AS last FROM entry')
      .get();
    return Number(row?.['last'] ?? 0);
  }

  #checked(row: Readonly<Record<string, unknown>> | undefined, sequence: number): JournalEntry {
    const body = row?.['body'];
    const isIntact = body instanceof Uint8Array && row?.['checksum'] === crc32(body);
    if (!isIntact || row?.['sequence'] !== sequence) throw this.#corrupt(sequence);
    return { sequence, body };
  }

  #corrupt(sequence: number): StageyardError {
    const text = `${this.#path}: entry ${sequence} is missing or damaged`;
    return new StageyardError('JOURNAL_CORRUPT', text, { context: { path: this.#path, sequence } });
  }

  /** Runs one database step; whatever fails leaves as one of the port's errors. */
  #guarded<T>(step: () => T): T {
    if (!this.#isOpen) {
      throw new StageyardError('JOURNAL_UNAVAILABLE', `${this.#path}: the journal was closed`);
    }
    try {
      return step();
    } catch (error) {
      throw sqliteError(error, this.#path, this.#codes);
    }
  }
}
