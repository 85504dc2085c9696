/** Where the log of an attempt goes when the attempt ends. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import type { TaskRequest } from '#workers/shell/task-executor.ts';
import { withStoredLogs } from '#workers/tasks/stored-logs.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { MadeUpExecutor } from '../../../support/made-results.ts';
import { output, planInput, recipe } from '../../../support/rendered-outputs.ts';
import { sampleOffer } from '../../../support/sample-messages.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

function requestOf(keepLog: (log: BlobRef) => void): TaskRequest {
  const planned = planRun(planInput([recipe([output({ name: 'a' })])]));
  assert.ok(planned.ok && planned.value.tasks[0] !== undefined);
  return {
    spec: planned.value.tasks[0].spec,
    inputs: { artifacts: [], snapshots: [] },
    attempt: sampleOffer,
    limits: sampleOffer.limits,
    slot: 0,
    reporter: { report: () => undefined },
    meter: { use: () => undefined },
    keepLog,
    signal: new AbortController().signal,
  };
}

/** Runs an attempt that writes its log, and ends as `end` says. */
async function attempt(
  directory: string,
  blobs: FakeBlobStore,
  end: () => void,
): Promise<{ readonly kept: readonly BlobRef[]; readonly error: unknown; readonly path: string }> {
  const kept: BlobRef[] = [];
  const name = `${sampleOffer.task}.${sampleOffer.epoch}`.replaceAll(/[^A-Za-z0-9._+-]/g, '_');
  const path = join(directory, sampleOffer.run, `${name}.log`);
  const inner = new MadeUpExecutor(async () => {
    writeFileSync(path, 'what it said\n');
    end();
  });
  const logDirOf = (run: string): string => join(directory, run);
  const executor = withStoredLogs(inner, { blobs, logDirOf, logger: new SilentLogger() });
  const error: unknown = await executor
    .execute(requestOf((log) => kept.push(log)))
    .then(() => undefined)
    .catch((caught: unknown) => caught);
  return { kept, error, path };
}

test('the log of an attempt is stored however the attempt ends, and leaves the worker', () =>
  withTemporaryDirectory(async (directory) => {
    const failure = new StageyardError('SCRIPT_FAILED', 'exit status 1');
    for (const thrown of [undefined, failure]) {
      const blobs = new FakeBlobStore();
      const { kept, error, path } = await attempt(directory, blobs, () => {
        if (thrown !== undefined) throw thrown;
      });
      assert.equal(error, thrown);
      assert.equal(kept.length, 1);
      const [ref] = kept;
      assert.ok(ref !== undefined);
      const text = new TextDecoder().decode(await blobs.getBytes(ref, 1_000));
      assert.equal(text, 'what it said\n');
      assert.equal(existsSync(path), false);
    }
  }));

test('an attempt whose log cannot be stored is none the worse, and keeps it', () =>
  withTemporaryDirectory(async (directory) => {
    const blobs = new FakeBlobStore();
    blobs.putFile = () => Promise.reject(new StageyardError('BLOB_STORE_UNAVAILABLE', 'away'));
    const { kept, error, path } = await attempt(directory, blobs, () => undefined);
    assert.deepEqual([kept, error], [[], undefined]);
    assert.equal(existsSync(path), true);
  }));
