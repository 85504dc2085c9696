/** The one journal of many runs, as it lies on the disk. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { runId, taskId } from '#proto/ids.ts';
import { decodeFarmEntry } from '#coordinator/core/fact-codec.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import { FarmJournal } from '#coordinator/shell/farm-journal.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { FakeJournal } from '../../../support/fake-journal.ts';

/** What a NATS server takes as it is installed. */
const MESSAGE_BYTES_MAX = 1024 * 1024;

/** As much log as an attempt may leave. */
function failure(index: number): Fact {
  return {
    kind: 'attempt-failed',
    atMs: 1,
    task: taskId(`package:p-${index}`),
    epoch: 1,
    worker: null,
    class: 'user',
    error: { code: 'SCRIPT_FAILED', message: 'it failed', context: {} },
    logTail: Array.from({ length: 200 }, (_, line) => `${line} `.padEnd(512, 'x')),
    next: 'final',
    notBeforeMs: 0,
  };
}

describe('the journal of a farm', () => {
  it('keeps entries small however many tasks fail in one step, and every fact in its order', async () => {
    const journal = new FakeJournal();
    const blobs = new FakeBlobStore();
    const steps = new FarmJournal({ journal, blobs, clock: systemClock, term: 1, lastSequence: 0 });
    const facts = Array.from({ length: 256 }, (_, index) => failure(index));
    await steps.logOf(runId('r')).append({ term: 1, facts });
    const sizes = journal.entries.map(({ body }) => body.length);
    assert.ok(
      Math.max(...sizes) < MESSAGE_BYTES_MAX,
      `the largest has ${Math.max(...sizes)} bytes`,
    );
    const stored = journal.entries.flatMap(({ body }) =>
      decodeFarmEntry(new TextDecoder().decode(body)).steps.flatMap((step) => step.facts),
    );
    assert.deepEqual(stored, facts);
  });
});
