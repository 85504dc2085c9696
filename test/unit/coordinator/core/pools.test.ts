/** Which queues workers must know of besides that of their platform. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runId } from '#proto/ids.ts';
import { NO_REQUESTS, poolName } from '#proto/task-requests.ts';
import { PoolTable } from '#coordinator/core/pools.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { sha256Hex } from '../../../support/rendered-outputs.ts';
import { runPlan } from '../../../support/run-plans.ts';

function planOf(run: string, ...secrets: readonly string[]): RunPlan {
  const plan = runPlan(Object.fromEntries(['plain', ...secrets].map((name) => [name, {}])));
  const tasks = plan.tasks.map((task, index) => {
    const requests = { ...NO_REQUESTS, secrets: index === 0 ? [] : [task.title] };
    return { ...task, requests, pool: poolName('linux-64', requests, sha256Hex) };
  });
  return { ...plan, run: runId(run), tasks };
}

/** All tasks need one secret, whose name is long. */
function longPlanOf(run: string, length: number): RunPlan {
  const plan = planOf(run);
  const requests = { ...NO_REQUESTS, secrets: ['A'.repeat(length)] };
  const pool = poolName('linux-64', requests, sha256Hex);
  return { ...plan, tasks: plan.tasks.map((task) => ({ ...task, requests, pool })) };
}

describe('the list of queues', () => {
  it('names those of open runs that need labels or secrets, each once', () => {
    const table = new PoolTable();
    assert.equal(table.add(planOf('r1')), false);
    assert.equal(table.add(planOf('r2', 'A', 'B')), true);
    assert.equal(table.add(planOf('r2', 'A', 'B')), false);
    assert.equal(table.add(planOf('r3', 'B')), true);
    const needed = table.list().map(({ pool, platform, labels, secrets }) => {
      assert.equal(pool, poolName(platform, { labels, secrets }, sha256Hex));
      return secrets.join();
    });
    assert.deepEqual(needed.toSorted(), ['A', 'B']);
  });

  it('forgets those of runs that are over', () => {
    const table = new PoolTable();
    table.add(planOf('r1', 'A'));
    table.add(planOf('r2', 'B'));
    assert.equal(table.remove(runId('r1')), true);
    assert.equal(table.remove(runId('r1')), false);
    assert.deepEqual(
      table.list().map(({ secrets }) => secrets),
      [['B']],
    );
  });

  it('never becomes too long to be told: who came first is in it', () => {
    const table = new PoolTable();
    table.add(planOf('r1', 'A'));
    for (let run = 2; run < 10; run += 1) {
      table.add(longPlanOf(`r${run}`, 100_000 + run));
    }
    assert.ok(JSON.stringify(table.list()).length < 512 * 1024);
    assert.ok(table.list().some(({ secrets }) => secrets.includes('A')));
  });

  it('has room for a queue however many runs wait in the others', () => {
    const table = new PoolTable();
    for (let run = 1; run < 10; run += 1) table.add(longPlanOf(`r${run}`, 100_000));
    table.add(planOf('r10', 'B'));
    assert.ok(table.list().some(({ secrets }) => secrets.includes('B')));
  });
});
