/**
 * The result index of a store: one SQLite file that all processes of a machine (or of a file system
 * that locks) share. It is a cache with claims: losing it costs rebuilds, never wrong packages.
 *
 * A claim carries the identity of the process that made it, so one whose process died is superseded
 * at once; where that can't be seen (another host) it is superseded after its time.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type BlobRef, sha256Digest } from '../digest.ts';
import type { InputKey } from '../ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClaimOutcome, IndexedResult, ResultIndex } from '../ports/result-index.ts';
import { currentProcessIdentity, isKnownDead } from './process-identity.ts';
import { openDatabase, sqliteError } from './sqlite.ts';

/** Longest wait for another process's write, which takes well under a second. */
const BUSY_TIMEOUT_MS = 10_000;
const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE result (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    location TEXT NOT NULL,
    built_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE claim (
    key TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    process TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`;
/** A power cut may lose the newest results, never damage the file: the outputs are built again. */
const PRAGMAS = ['journal_mode = WAL', 'synchronous = NORMAL'];

const CODES = {
  busy: 'BLOB_STORE_UNAVAILABLE',
  corrupt: 'BLOB_STORE_UNAVAILABLE',
  other: 'BLOB_STORE_UNAVAILABLE',
} as const;

interface StoredClaim {
  readonly owner: string;
  readonly process: string;
  readonly epoch: number;
  readonly expiresAtMs: number;
}

/** See the file's head. */
export class SqliteResultIndex implements ResultIndex {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #database: DatabaseSync;
  readonly #process = currentProcessIdentity();

  private constructor(path: string, clock: Clock, database: DatabaseSync) {
    this.#path = path;
    this.#clock = clock;
    this.#database = database;
  }

  /** Rejects with `STORE_UNWRITABLE`, `DISK_FULL` or `BLOB_STORE_UNAVAILABLE`. */
  static async open(options: { path: string; clock: Clock }): Promise<SqliteResultIndex> {
    const { path, clock } = options;
    const settings = { pragmas: PRAGMAS, schema: SCHEMA, schemaVersion: SCHEMA_VERSION };
    try {
      const database = openDatabase({ path, busyTimeoutMs: BUSY_TIMEOUT_MS, ...settings });
      return new SqliteResultIndex(path, clock, database);
    } catch (error) {
      throw sqliteError(error, path, CODES);
    }
  }

  async lookup(key: InputKey): Promise<IndexedResult | undefined> {
    return this.#guarded(() => this.#result(key));
  }

  async claim(key: InputKey, owner: string, ttlMs: number): Promise<ClaimOutcome> {
    return this.#transaction(() => {
      const result = this.#result(key);
      if (result !== undefined) return { kind: 'exists', result };
      const held = this.#claim(key);
      if (held !== undefined && this.#isLive(held)) {
        if (!this.#isOurs(held, owner)) return { kind: 'busy', owner: held.owner };
        this.#writeClaim(key, { ...held, expiresAtMs: this.#clock.nowMs() + ttlMs });
        return { kind: 'granted', epoch: held.epoch };
      }
      const epoch = (held?.epoch ?? 0) + 1;
      const expiresAtMs = this.#clock.nowMs() + ttlMs;
      this.#writeClaim(key, { owner, process: this.#process, epoch, expiresAtMs });
      return { kind: 'granted', epoch };
    });
  }

  /** The row stays, expired, so that the next claim's epoch is higher. */
  async unclaim(key: InputKey, owner: string): Promise<void> {
    this.#transaction(() => {
      const held = this.#claim(key);
      if (held === undefined || !this.#isOurs(held, owner)) return;
      this.#writeClaim(key, { ...held, expiresAtMs: 0 });
    });
  }

  async commit(result: IndexedResult): Promise<IndexedResult> {
    return this.#transaction(() => {
      const { key, output, builtAtMs } = result;
      this.#database
        .prepare('INSERT INTO result VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING')
        .run(key, output.digest, output.sizeBytes, output.location, Math.floor(builtAtMs));
      this.#database.prepare('UPDATE claim SET expires_at_ms = 0 WHERE key = ?').run(key);
      return this.#result(key) ?? result;
    });
  }

  async forget(key: InputKey): Promise<void> {
    this.#transaction(() => {
      this.#database.prepare('DELETE FROM result WHERE key = ?').run(key);
    });
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  #isLive(held: StoredClaim): boolean {
    return held.expiresAtMs > this.#clock.nowMs() && !isKnownDead(held.process);
  }

  #isOurs(held: StoredClaim, owner: string): boolean {
    return held.owner === owner && held.process === this.#process;
  }

  #result(key: InputKey): IndexedResult | undefined {
    const row = this.#database.prepare('SELECT * FROM result WHERE key = ?').get(key);
    if (row === undefined) return undefined;
    const output: BlobRef = {
      digest: sha256Digest(String(row['digest'])),
      sizeBytes: Number(row['size_bytes']),
      location: String(row['location']),
    };
    return { key, output, builtAtMs: Number(row['built_at_ms']) };
  }

  #claim(key: InputKey): StoredClaim | undefined {
    const row = this.#database.prepare('SELECT * FROM claim WHERE key = ?').get(key);
    if (row === undefined) return undefined;
    return {
      owner: String(row['owner']),
      process: String(row['process']),
      epoch: Number(row['epoch']),
      expiresAtMs: Number(row['expires_at_ms']),
    };
  }

  #writeClaim(key: InputKey, claim: StoredClaim): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO claim VALUES (?, ?, ?, ?, ?)')
      .run(key, claim.owner, claim.process, claim.epoch, Math.floor(claim.expiresAtMs));
  }

  #transaction<T>(step: () => T): T {
    return this.#guarded(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const answer = step();
        this.#database.exec('COMMIT');
        return answer;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #guarded<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      throw sqliteError(error, this.#path, CODES);
    }
  }
}
