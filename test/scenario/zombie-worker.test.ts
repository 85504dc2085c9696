/**
 * A worker is frozen past its lease. Another one gets the task and finishes it; then the first one
 * thaws, with its own finished result. Its result is refused, the second one's package is published,
 * and the thawed worker sends nothing more for that delivery.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { workerId } from '#proto/ids.ts';
import { openRun } from '#coordinator/shell/open-run.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { calm } from '../sim/world/faults.ts';
import { SeededRandom } from '../sim/world/seeded-random.ts';
import { SimClock } from '../sim/world/sim-clock.ts';
import { SimBus } from '../sim/world/sim-bus.ts';
import { SimProcess } from '../sim/world/sim-process.ts';
import { SimServer } from '../sim/world/sim-server.ts';
import { SimBlobStore } from '../sim/world/sim-storage.ts';
import { decodeStep } from '#coordinator/core/fact-codec.ts';
import { MadeUpExecutor } from '../support/made-results.ts';
import { House } from '../support/one-house.ts';
import { output, recipe } from '../support/rendered-outputs.ts';

const LEASE_MS = 60_000;

describe('a worker that was frozen past its lease', () => {
  it('is refused with its result; the second attempt’s package is the one published', async () => {
    const house = new House();
    const clock = new SimClock();
    const server = new MemoryBus({ clock, leaseMs: LEASE_MS });
    const random = new SeededRandom(1);
    const door = new SimServer('BLOB_STORE_UNAVAILABLE');
    const ports = (name: string) => {
      const process = new SimProcess({ name, clock, random, skew: { offsetMs: 0, rate: 1 } });
      const connection = { process, random, faults: () => calm };
      const bus = new SimBus(connection, server);
      const blobs = new SimBlobStore(connection, { door, disk: house.blobs });
      return { process, bus, blobs, clock: process, logger: house.logger };
    };
    const until = async (isSo: () => boolean): Promise<void> => {
      for (let turn = 0; !isSo(); turn += 1) {
        assert.ok(turn < 10_000 && clock.step(), 'it never happens');
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const worker = async (name: string) => {
      const own = ports(name);
      const executor = new MadeUpExecutor(({ signal }) => own.process.sleep(30_000, signal));
      const pool = await WorkerPool.start({
        ...own,
        executor,
        worker: workerId(name),
        pools: () => ['linux-64'],
        slots: 1,
      });
      return { ...own, executor, pool };
    };

    const zombie = await worker('zombie');
    const own = ports('coordinator');
    const { journal, publisher } = house;
    const plan = await house.plan([recipe([output({ name: 'a' })])]);
    const run = await openRun({
      ...own,
      journal,
      publisher,
      plan,
      isBusLost: false,
      onEvent: () => undefined,
    });
    await until(() => zombie.executor.requests.length === 1);
    zombie.process.pause();
    const second = await worker('second');
    await until(() => house.publisher.published.length === 1);
    assert.equal(second.executor.requests.length, 1);
    assert.equal(second.executor.requests[0]?.attempt.epoch, 2);
    zombie.process.resume();
    const thawedMs = clock.nowMs();
    await until(() => clock.nowMs() > thawedMs + 10 * LEASE_MS);

    assert.equal(await run.finished, 'succeeded');
    assert.equal(zombie.pool.runningCount, 0);
    const facts = journal.entries.flatMap(
      ({ body }) => decodeStep(new TextDecoder().decode(body)).facts,
    );
    const done = facts.flatMap((fact) =>
      fact.kind === 'task-done' ? [`${fact.worker} ${fact.epoch}`] : [],
    );
    assert.deepEqual(done, ['second 2']);
    const failed = facts.flatMap((fact) => (fact.kind === 'attempt-failed' ? [fact.class] : []));
    assert.deepEqual(failed, ['lost']);
  });
});
