/** Which queues a worker looks at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { StageyardError } from '#proto/errors.ts';
import type { PoolRequirements } from '#proto/ports/run-register.ts';
import { PoolWatch } from '#workers/shell/pool-watch.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';

const able = { platform: 'linux-64', labels: ['gpu'], secretNames: ['KEY'] };
const needs = (pool: string, more: Partial<PoolRequirements>): PoolRequirements => ({
  pool,
  platform: 'linux-64',
  labels: [],
  secrets: [],
  ...more,
});

test('a worker looks at the queues whose needs it meets, its platform last, and at new ones soon', async () => {
  const clock = new FakeClock();
  const register = new MemoryRunRegister();
  const watch = new PoolWatch({ register, clock, logger: new SilentLogger(), able });
  assert.deepEqual(watch.pools, ['linux-64']);
  await register.publishPools(1, [
    needs('a', { labels: ['gpu'] }),
    needs('b', { labels: ['gpu', 'big'] }),
    needs('c', { secrets: ['KEY'] }),
    needs('d', { secrets: ['OTHER'] }),
    needs('e', { platform: 'osx-arm64' }),
  ]);
  await clock.advance(5_000);
  assert.deepEqual(watch.pools, ['a', 'c', 'linux-64']);
  await register.publishPools(1, []);
  await clock.advance(5_000);
  assert.deepEqual(watch.pools, ['linux-64']);
  await watch.stop();
  assert.equal(clock.sleeperCount, 0);
});

test('a worker keeps to the queues it knows while the register is away', async () => {
  const clock = new FakeClock();
  const register = new MemoryRunRegister();
  await register.publishPools(1, [needs('a', { labels: ['gpu'] })]);
  const watch = new PoolWatch({ register, clock, logger: new SilentLogger(), able });
  await clock.advance(1);
  register.readPools = () => Promise.reject(new StageyardError('BUS_UNAVAILABLE', 'away'));
  await clock.advance(20_000);
  assert.deepEqual(watch.pools, ['a', 'linux-64']);
  await watch.stop();
});
