/** What our two SQLite files share: how they are opened and what their errors mean. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ErrorCode } from '../error-codes.ts';
import { errorCodeOf, StageyardError } from '../errors.ts';

const PRIMARY_CODE_MASK = 0xff;

/** What went wrong in a database, as far as a caller's reaction differs. */
export type SqliteTrouble = 'busy' | 'disk-full' | 'unwritable' | 'corrupt' | 'other';

/** Primary result codes of SQLite (the low byte of what it reports), by their names in its manual. */
const TROUBLES: ReadonlyMap<number | undefined, SqliteTrouble> = new Map([
  [3, 'unwritable'], // SQLITE_PERM
  [5, 'busy'], // SQLITE_BUSY
  [6, 'busy'], // SQLITE_LOCKED
  [8, 'unwritable'], // SQLITE_READONLY
  [11, 'corrupt'], // SQLITE_CORRUPT
  [13, 'disk-full'], // SQLITE_FULL
  [14, 'unwritable'], // SQLITE_CANTOPEN
  [26, 'corrupt'], // SQLITE_NOTADB
]);

/** Classifies any error by SQLite's code; errors of others are `other`. */
export function sqliteTrouble(error: unknown): SqliteTrouble {
  return TROUBLES.get(primaryCode(error)) ?? 'other';
}

function primaryCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & PRIMARY_CODE_MASK : undefined;
}

/** Converts an error of SQLite or of the file system; `codes` says what the troubles are called here. */
export function sqliteError(
  error: unknown,
  path: string,
  codes: Readonly<Record<'busy' | 'corrupt' | 'other', ErrorCode> & { full?: ErrorCode }>,
): StageyardError {
  if (error instanceof StageyardError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const fail = (code: ErrorCode, what: string): StageyardError =>
    new StageyardError(code, `${path}: ${what} (${text})`, { cause: error, context: { path } });
  const full = codes.full ?? 'DISK_FULL';
  switch (sqliteTrouble(error)) {
    case 'busy':
      return fail(codes.busy, 'another process keeps it locked');
    case 'disk-full':
      return fail(full, 'the disk is full');
    case 'unwritable':
      return fail('STORE_UNWRITABLE', 'cannot be written');
    case 'corrupt':
      return fail(codes.corrupt, 'the file is damaged or is no database of ours');
    case 'other': {
      const code = errorCodeOf(error, codes.other);
      return fail(code === 'DISK_FULL' ? full : code, 'the database failed');
    }
  }
}

/** Settings of {@link openDatabase}. */
interface DatabaseOptions {
  readonly path: string;
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs: number;
  /** Run first, in this order. */
  readonly pragmas: readonly string[];
  readonly schema: string;
  readonly schemaVersion: number;
}

/** Opens or makes the file and its directory. Throws the system's or SQLite's own error. */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { path, busyTimeoutMs, pragmas, schema, schemaVersion } = options;
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
    database.exec('BEGIN IMMEDIATE');
    prepareSchema(database, path, { schema, schemaVersion });
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepareSchema(
  database: DatabaseSync,
  path: string,
  { schema, schemaVersion }: Pick<DatabaseOptions, 'schema' | 'schemaVersion'>,
): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found > schemaVersion) {
    const text = `${path} was made by a newer stageyard (format ${found}, this one knows ${schemaVersion}): use that one, or another store`;
    throw new StageyardError('STORE_UNWRITABLE', text, { context: { path } });
  }
  if (found === schemaVersion) return;
  database.exec(schema);
  database.exec(`PRAGMA user_version = ${schemaVersion}`);
}
