import assert from 'node:assert/strict';
import test from 'node:test';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { describeBusContract } from './bus.contract.ts';

describeBusContract('MemoryBus', async () => {
  const clock = new FakeClock();
  const bus = new MemoryBus({ clock });
  return {
    bus,
    advance: (ms) => clock.advance(ms),
    dispose: () => bus.close(),
  };
});

const queue = { pool: 'linux-64-small', lane: 'n' } as const;

test('MemoryBus: a message id counts again after its window', async () => {
  const clock = new FakeClock();
  const bus = new MemoryBus({ clock, repeatWindowMs: 1000 });
  const first = await bus.offer(queue, 'm1', new Uint8Array([1]));
  await clock.advance(1001);
  const second = await bus.offer(queue, 'm1', new Uint8Array([1]));
  assert.notEqual(second.sequence, first.sequence);
  await bus.close();
});

test('MemoryBus: closing leaves no alarm behind, and a late renewal sets none', async () => {
  const clock = new FakeClock();
  const bus = new MemoryBus({ clock });
  await bus.offer(queue, 'm1', new Uint8Array([1]));
  await bus.publishEvent('e1', new Uint8Array([1]));
  await bus.consumeEvents(() => undefined);
  const delivery = await bus.pull(queue, 0);
  const waiting = bus.pull(queue, 10_000);
  await bus.close();
  await delivery?.extend();
  assert.equal(await waiting, undefined);
  assert.equal(clock.sleeperCount, 0);
});

test("MemoryBus: a change of the caller's buffer after the call changes nothing", async () => {
  const bus = new MemoryBus({ clock: new FakeClock() });
  const body = new Uint8Array([1, 2, 3]);
  await bus.offer(queue, 'm1', body);
  body.fill(9);
  const delivery = await bus.pull(queue, 0);
  assert.deepEqual(delivery?.body, new Uint8Array([1, 2, 3]));
  await bus.close();
});
