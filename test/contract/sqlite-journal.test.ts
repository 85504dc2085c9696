import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { mock } from 'node:test';
import { SqliteJournal } from '#proto/adapters/sqlite-journal.ts';
import { StageyardError } from '#proto/errors.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';
import { describeJournalContract } from './journal.contract.ts';

async function openJournal(path: string): Promise<SqliteJournal> {
  const opened = await SqliteJournal.open(path);
  assert.ok(opened.kind === 'opened');
  return opened.journal;
}

describeJournalContract('SqliteJournal', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-journal-'));
  return {
    open: async () => {
      const opened = await SqliteJournal.open(join(directory, 'runs', 'journal.sqlite'));
      return opened.kind === 'opened' ? opened.journal : undefined;
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
});

const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof StageyardError && error.code === code;

test('SqliteJournal: the owner keeps it until it closes, in this process too', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'journal.sqlite');
    const first = await openJournal(path);
    assert.equal((await SqliteJournal.open(path)).kind, 'busy');
    await first.close();
    await (await openJournal(path)).close();
  }));

test('SqliteJournal: a killed owner loses it at once and what it appended is there', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'journal.sqlite');
    const child = fork(join(import.meta.dirname, 'children', 'journal-owner.ts'), [path]);
    const [appended] = await once(child, 'message');
    assert.equal(appended, 3);
    assert.equal((await SqliteJournal.open(path)).kind, 'busy');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const journal = await openJournal(path);
    assert.equal((await journal.last())?.sequence, 3);
    await journal.close();
  }));

test('SqliteJournal: an entry whose bytes changed on disk is reported as damaged', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'journal.sqlite');
    const journal = await openJournal(path);
    await journal.append(new TextEncoder().encode('the first fact'), 0);
    await journal.append(new TextEncoder().encode('the second fact'), 1);
    await journal.close();
    const bytes = await readFile(path);
    bytes.write('worst', bytes.indexOf('the first fact') + 4);
    await writeFile(path, bytes);
    const damaged = await openJournal(path);
    await assert.rejects(async () => {
      for await (const entry of damaged.read(1)) assert.ok(entry.sequence > 1);
    }, isCode('JOURNAL_CORRUPT'));
    await damaged.close();
  }));

test('SqliteJournal: a missing entry is reported as damaged', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'journal.sqlite');
    const journal = await openJournal(path);
    for (const sequence of [0, 1, 2]) await journal.append(new Uint8Array([1]), sequence);
    await journal.close();
    const database = new DatabaseSync(path);
    database.exec('DELETE FROM entry WHERE sequence = 2');
    database.close();
    const damaged = await openJournal(path);
    await assert.rejects(async () => {
      for await (const entry of damaged.read(1)) assert.equal(entry.sequence, 1);
    }, isCode('JOURNAL_CORRUPT'));
    await damaged.close();
  }));

test('SqliteJournal: a file that is no journal is refused and left as it is', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'journal.sqlite');
    await writeFile(
      path,
      'something else entirely, longer than a header of a database file is'.repeat(99),
    );
    const before = await readFile(path);
    await assert.rejects(SqliteJournal.open(path), isCode('JOURNAL_CORRUPT'));
    assert.deepEqual(await readFile(path), before);
  }));

test('SqliteJournal: a journal of a newer format is refused', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'journal.sqlite');
    await (await openJournal(path)).close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await assert.rejects(SqliteJournal.open(path), isCode('STORE_UNWRITABLE'));
  }));

/** A journal whose disk ends a few entries further on; answers it and what gives the space back. */
async function crampedJournal(
  path: string,
  isFullDiskOutage: boolean,
): Promise<{ readonly journal: SqliteJournal; readonly clear: () => void }> {
  const calls = mock.method(DatabaseSync.prototype, 'exec');
  const opened = await SqliteJournal.open(path, { isFullDiskOutage });
  calls.mock.restore();
  const database = calls.mock.calls[0]?.this;
  assert.ok(opened.kind === 'opened' && database instanceof DatabaseSync);
  database.exec('PRAGMA max_page_count = 8');
  return {
    journal: opened.journal,
    clear: () => database.exec('PRAGMA max_page_count = 10000'),
  };
}

for (const [isFullDiskOutage, code] of [
  [false, 'DISK_FULL'],
  [true, 'JOURNAL_UNAVAILABLE'],
] as const) {
  test(`SqliteJournal: a full disk is ${code}, and loses nothing`, () =>
    withTemporaryDirectory(async (directory) => {
      const path = join(directory, 'journal.sqlite');
      const { journal, clear } = await crampedJournal(path, isFullDiskOutage);
      const large = new Uint8Array(64 * 1024);
      await journal.append(new Uint8Array([1]), 0);
      await assert.rejects(journal.append(large, 1), isCode(code));
      assert.equal((await journal.last())?.sequence, 1);
      clear();
      assert.deepEqual(await journal.append(large, 1), { kind: 'appended', sequence: 2 });
      await journal.close();
    }));
}

test('SqliteJournal: a directory that cannot be made says so', () =>
  withTemporaryDirectory(async (directory) => {
    await writeFile(join(directory, 'file'), '');
    await chmod(join(directory, 'file'), 0o600);
    await assert.rejects(SqliteJournal.open(join(directory, 'file', 'journal.sqlite')), (error) => {
      assert.ok(error instanceof StageyardError);
      assert.match(error.message, /file/);
      return true;
    });
  }));
