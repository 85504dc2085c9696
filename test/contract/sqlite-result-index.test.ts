import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { SqliteResultIndex } from '#proto/adapters/sqlite-result-index.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { inputKey } from '#proto/ids.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';
import { describeResultIndexContract } from './result-index.contract.ts';

describeResultIndexContract('SqliteResultIndex', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-result-index-'));
  const clock = new FakeClock();
  const path = join(directory, 'results.sqlite');
  const index = await SqliteResultIndex.open({ path, clock });
  return {
    index,
    openAnother: () => SqliteResultIndex.open({ path, clock }),
    advance: (ms) => clock.advance(ms),
    dispose: async () => {
      await index.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
});

const key = 'c'.repeat(64);
const TTL_MS = 3_600_000;
const CLAIMERS = 6;

function claimer(path: string, owner: string): ChildProcess {
  return fork(join(import.meta.dirname, 'children', 'result-claimer.ts'), [path, key, owner]);
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('SqliteResultIndex: of many processes that open and claim at once exactly one is granted', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'results.sqlite');
    const owners = Array.from({ length: CLAIMERS }, (_, index) => `r${index}/a1`);
    const children = owners.map((owner) => claimer(path, owner));
    const answers = await Promise.all(children.map((child) => once(child, 'message')));
    const kinds = answers.map(([answer]) => String(answer.kind)).toSorted();
    assert.deepEqual(kinds, [...Array(CLAIMERS - 1).fill('busy'), 'granted']);
    await Promise.all(children.map(killed));
  }));

test('SqliteResultIndex: the claim of a killed process is free at once, in a higher epoch', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'results.sqlite');
    const child = claimer(path, 'r1/a1');
    const [granted] = await once(child, 'message');
    const index = await SqliteResultIndex.open({ path, clock: systemClock });
    const busy = await index.claim(inputKey(key), 'r1/a1', TTL_MS);
    assert.deepEqual(busy, { kind: 'busy', owner: 'r1/a1' });
    await killed(child);
    const next = await index.claim(inputKey(key), 'r1/a1', TTL_MS);
    assert.deepEqual(next, { kind: 'granted', epoch: granted.epoch + 1 });
    await index.close();
  }));

test('SqliteResultIndex: a file that is no database says where and what', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'results.sqlite');
    await writeFile(path, 'no database at all, and long enough to be taken for one'.repeat(99));
    await assert.rejects(SqliteResultIndex.open({ path, clock: systemClock }), (error) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.code, 'BLOB_STORE_UNAVAILABLE');
      assert.match(error.message, /results\.sqlite: the file is damaged/);
      return true;
    });
  }));
