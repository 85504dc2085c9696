/** Documents of large runs, made while others have their turn. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { PUT_BYTES_MAX, refuseLargePut } from '#proto/adapters/blob-errors.ts';
import { cutState } from '#coordinator/core/state-codec.ts';
import { getDocument, loadState, putDocument } from '#coordinator/shell/farm-snapshots.ts';
import { durableView } from '#coordinator/core/state.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { DrivenCore, runPlan } from '../../../support/run-plans.ts';

describe('the document of a state', () => {
  it('tells of the moment at which it was cut, whatever is decided while it is written', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `task-${index}`);
    const plan = runPlan(Object.fromEntries(names.map((name) => [name, {}])), {
      queueDepth: 2_000,
    });
    const core = new DrivenCore(plan);
    for (const name of names.slice(0, 500)) core.finish(name);
    for (const name of names.slice(500, 600)) core.fail(name, { class: 'infra' });
    const before = structuredClone(durableView(core.state));
    const blobs = new FakeBlobStore();
    let isWritten = false;
    const writing = putDocument(blobs, cutState(core.state), 'r1/state').finally(() => {
      isWritten = true;
    });
    let turns = 0;
    while (!isWritten) {
      await new Promise(setImmediate);
      const name = names[600 + turns];
      if (name !== undefined) core.finish(name);
      turns += 1;
    }
    assert.ok(turns > 5, `others had ${turns} turns`);
    const read = await loadState(blobs, await writing);
    assert.deepEqual(durableView(read), before);
  });

  it('may be larger than what a store takes from memory', async () => {
    const blobs = new FakeBlobStore();
    blobs.putBytes = async (bytes) => {
      refuseLargePut(bytes);
      return FakeBlobStore.prototype.putBytes.call(blobs, bytes);
    };
    blobs.putFile = async (path) =>
      FakeBlobStore.prototype.putBytes.call(blobs, await readFile(path));
    const digests = Array.from({ length: 20 }, () =>
      randomBytes(PUT_BYTES_MAX / 16).toString('hex'),
    );
    const stored = await putDocument(blobs, { digests }, 'r1/state');
    assert.ok(stored.sizeBytes > PUT_BYTES_MAX);
    assert.equal(await getDocument(blobs, stored), JSON.stringify({ digests }));
  });
});
