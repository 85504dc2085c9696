/** Offers while the bus comes and goes. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PUT_BYTES_MAX, refuseLargePut } from '#proto/adapters/blob-errors.ts';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { StageyardError } from '#proto/errors.ts';
import type { OfferReceipt } from '#proto/ports/bus.ts';
import type { Input } from '#coordinator/core/inputs.ts';
import { Dispatcher } from '#coordinator/shell/dispatcher.ts';
import { TaskOutputs } from '#coordinator/shell/task-outputs.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { DrivenCore, id, runPlan } from '../../../support/run-plans.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';

class CountingStore extends FakeBlobStore {
  putCount = 0;

  override async putBytes(bytes: Uint8Array) {
    this.putCount += 1;
    return super.putBytes(bytes);
  }
}

/** Takes an offer when it is asked the third time. */
class LateBus extends MemoryBus {
  asked = 0;

  override async offer(...offer: Parameters<MemoryBus['offer']>): Promise<OfferReceipt> {
    this.asked += 1;
    if (this.asked < 3) throw new StageyardError('BUS_UNAVAILABLE', 'away');
    return super.offer(...offer);
  }
}

function dispatcherOf(bus: MemoryBus, blobs: FakeBlobStore, clock: FakeClock) {
  const posted: Input[] = [];
  const { state } = new DrivenCore(runPlan({ a: {} }));
  const dispatcher = new Dispatcher({
    state,
    bus,
    clock,
    logger: new SilentLogger(),
    outputs: new TaskOutputs(blobs),
    post: (input) => void posted.push(input),
    signal: new AbortController().signal,
  });
  return { dispatcher, posted };
}

const offer = { kind: 'offer', task: id('a'), epoch: 1 } as const;

it('an offer that is repeated has its inputs stored once', async () => {
  const clock = new FakeClock();
  const [blobs, bus] = [new CountingStore(), new LateBus({ clock })];
  const { dispatcher, posted } = dispatcherOf(bus, blobs, clock);
  const offering = dispatcher.perform(offer);
  await clock.advance(10_000);
  await offering;
  assert.equal(bus.asked, 3);
  assert.equal(blobs.putCount, 1);
  assert.deepEqual(posted, []);
  await bus.close();
});

it('an offer whose inputs no store takes is a failure, not tried for ever', async () => {
  const clock = new FakeClock();
  const [blobs, bus] = [new FakeBlobStore(), new MemoryBus({ clock })];
  blobs.putBytes = async (bytes) => {
    refuseLargePut(new Uint8Array(PUT_BYTES_MAX + bytes.length));
    assert.fail('it was taken');
  };
  const { dispatcher, posted } = dispatcherOf(bus, blobs, clock);
  await dispatcher.perform(offer);
  const [failed] = posted;
  assert.ok(failed?.kind === 'failed');
  assert.equal(failed.error.code, 'BLOB_TOO_LARGE');
  await bus.close();
});

it('an offer that is gone from its queue although nobody took it is made again', async () => {
  const clock = new FakeClock();
  const [blobs, bus] = [new FakeBlobStore(), new MemoryBus({ clock })];
  const { dispatcher, posted } = dispatcherOf(bus, blobs, clock);
  await dispatcher.perform(offer);
  await clock.advance(600_000);
  assert.equal(posted.length, 0);
  const { pool } = runPlan({ a: {} }).tasks[0] ?? { pool: '' };
  const taken = await bus.pull({ pool, lane: 'n' }, 0);
  await taken?.ack();
  await clock.advance(60_000);
  assert.equal(posted.length, 0);
  await clock.advance(60_000);
  const [failed] = posted;
  assert.ok(failed?.kind === 'failed' && failed.class === 'released');
  assert.match(failed.error.message, /its offer is gone from the queue/);
  await bus.close();
});
