import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { withLock } from '#workers/environment/directory-lock.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

test('calls of one process run one after the other, in order, failed ones included', async (t) => {
  const path = join(await temporaryDirectory(t), 'lock');
  const seen: string[] = [];
  const work =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      seen.push(`${name} in`);
      assert.ok(existsSync(path));
      await Promise.resolve();
      seen.push(`${name} out`);
      if (fails) throw new Error(name);
      return name;
    };
  const answers = await Promise.allSettled([
    withLock(path, work('a')),
    withLock(path, work('b', true)),
    withLock(path, work('c')),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(seen, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  assert.ok(!existsSync(path));
});

test('a lock without a living owner is taken over, however it was left', async (t) => {
  const directory = await temporaryDirectory(t);
  const long = new Date(0);
  for (const content of ['99999999', '', 'rubbish', '-1']) {
    const path = join(directory, 'lock');
    await writeFile(path, content);
    await utimes(path, long, long);
    await writeFile(`${path}.breaking`, '');
    await utimes(`${path}.breaking`, long, long);
    assert.equal(await withLock(path, () => Promise.resolve(content)), content);
  }
});

test('waiting for a living owner is told once and ends with the signal', async (t) => {
  const path = join(await temporaryDirectory(t), 'lock');
  await writeFile(path, String(process.pid));
  const cancel = new AbortController();
  let waitCount = 0;
  const onWait = (): void => {
    waitCount += 1;
    cancel.abort();
  };
  await assert.rejects(
    withLock(path, () => Promise.resolve(), { signal: cancel.signal, onWait }),
    (error) => error instanceof StageyardError && error.code === 'CANCELLED',
  );
  assert.equal(waitCount, 1);
  assert.ok(existsSync(path));
});
