/**
 * The coordinator dies while workers are at work; the bus and the workers live on. The next coordinator
 * takes up their results: nothing is built twice. A third one that starts beside it, on the same
 * journal, deposes it: the deposed one performs nothing more.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { workerId } from '#proto/ids.ts';
import { openRun } from '#coordinator/shell/open-run.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { MadeUpExecutor } from '../support/made-results.ts';
import { calculator, House } from '../support/one-house.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function farm(work: () => Promise<void>) {
  const house = new House();
  const bus = new MemoryBus({ clock: systemClock });
  const executor = new MadeUpExecutor(work);
  const { blobs, logger, journal, publisher } = house;
  const ports = { bus, blobs, clock: systemClock, logger };
  const pool = await WorkerPool.start({
    ...ports,
    executor,
    worker: workerId('w1'),
    pools: () => ['linux-64'],
    slots: 2,
  });
  const plan = await house.plan([calculator()]);
  const open = () =>
    openRun({ ...ports, journal, publisher, plan, isBusLost: false, onEvent: () => undefined });
  return { house, executor, pool, open };
}

describe('a farm whose coordinator dies', () => {
  it('goes on with the next one, and nothing is built twice', async () => {
    const gate = Promise.withResolvers<void>();
    const { house, executor, pool, open } = await farm(() => gate.promise);
    const first = await open();
    while (pool.runningCount < 2) await turn();
    await first.close();
    gate.resolve();
    while (pool.runningCount > 0) await turn();
    const second = await open();
    assert.equal(await second.finished, 'succeeded');
    await pool.drain();
    assert.equal(executor.requests.length, 6);
    assert.ok(executor.requests.every(({ attempt }) => attempt.epoch === 1));
    assert.equal(house.publisher.published.length, 3);
  });

  it('obeys the newer of two coordinators on one journal', async () => {
    const gate = Promise.withResolvers<void>();
    const { house, pool, open } = await farm(() => gate.promise);
    const first = await open();
    while (pool.runningCount < 2) await turn();
    const bus = new MemoryBus({ clock: systemClock });
    const { blobs, logger, journal, publisher } = house;
    const other = { bus, blobs, clock: systemClock, logger, journal, publisher };
    const second = await openRun({
      ...other,
      plan: undefined,
      isBusLost: false,
      onEvent: () => undefined,
    });
    while (journal.entries.length < 3) await turn();
    gate.resolve();
    await assert.rejects(
      first.finished,
      (error) => error instanceof StageyardError && error.code === 'JOURNAL_CONFLICT',
    );
    assert.deepEqual(house.publisher.published, []);
    await second.close();
    await pool.stop();
  });
});
