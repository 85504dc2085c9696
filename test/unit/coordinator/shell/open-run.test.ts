/** A whole run through coordinator and pool on the in-process bus, with an executor that builds nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { workerId } from '#proto/ids.ts';
import type { TaskExecutor } from '#workers/shell/task-executor.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { embeddedRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { PlanRecipe } from '#coordinator/plan/plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { type OpenRun, openRun } from '#coordinator/shell/open-run.ts';
import type { RunEvent } from '#coordinator/shell/run-events.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { FakeJournal } from '../../../support/fake-journal.ts';
import { MadeUpExecutor, RememberingPublisher } from '../../../support/made-results.ts';
import {
  output,
  planInput,
  recipe,
  scriptTest,
  staging,
} from '../../../support/rendered-outputs.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';

/** Everything that a run needs, kept from one process to the next. */
class House {
  readonly journal = new FakeJournal();
  readonly blobs = new FakeBlobStore();
  readonly publisher = new RememberingPublisher();
  readonly events: RunEvent[] = [];
  readonly logger = new SilentLogger();

  async plan(recipes: readonly PlanRecipe[], continueOnFailure = false): Promise<RunPlan> {
    const planned = planRun(planInput(recipes));
    assert.ok(planned.ok);
    return storePlan({
      plan: planned.value,
      blobs: this.blobs,
      options: { continueOnFailure, queueDepth: 2, retry: embeddedRetryPolicy },
      poolOf: (platform) => platform,
    });
  }

  async live(
    executor: TaskExecutor,
    plan: RunPlan | undefined,
  ): Promise<{ run: OpenRun; pool: WorkerPool }> {
    const { journal, blobs, publisher, logger } = this;
    const bus = new MemoryBus({ clock: systemClock });
    const ports = { bus, blobs, clock: systemClock, logger };
    const worker = workerId('worker-1');
    const pool = await WorkerPool.start({ ...ports, executor, worker, pool: 'linux-64', slots: 2 });
    const onEvent = (event: RunEvent): void => void this.events.push(event);
    const run = await openRun({ ...ports, journal, publisher, plan, isBusLost: true, onEvent });
    return { run, pool };
  }
}

function calculator(): PlanRecipe {
  const base = staging('calculator-build');
  return recipe([
    output({ name: 'calculator-lib', staging: [base], tests: [scriptTest()] }),
    output({
      name: 'calculator-tools',
      staging: [base],
      run: ['calculator-lib'],
      tests: [scriptTest()],
    }),
    output({ name: 'calculator-docs' }),
  ]);
}

describe('a run', () => {
  it('builds every task once, in order, and publishes what passed its tests', async () => {
    const house = new House();
    const executor = new MadeUpExecutor();
    const { run, pool } = await house.live(executor, await house.plan([calculator()]));
    assert.equal(await run.finished, 'succeeded');
    await pool.drain();
    const done = executor.requests.map(({ spec }) => spec.task.replace(/:[0-9a-f]{8}$/, ''));
    assert.deepEqual(done.toSorted(), [
      'package:calculator-docs-1.0-h0123456_0',
      'package:calculator-lib-1.0-h0123456_0',
      'package:calculator-tools-1.0-h0123456_0',
      'stage:calculator-build',
      'test:calculator-lib-1.0-h0123456_0',
      'test:calculator-tools-1.0-h0123456_0',
    ]);
    const names = house.publisher.published.map(
      ({ output: { record }, place }) => `${place} ${record.name}`,
    );
    assert.deepEqual(names.toSorted(), [
      'channel calculator-docs',
      'channel calculator-lib',
      'channel calculator-tools',
    ]);
    const tools = executor.requests.find(({ spec }) =>
      spec.task.startsWith('test:calculator-tools'),
    );
    assert.deepEqual(
      tools?.inputs.artifacts.map(({ record }) => record.name),
      ['calculator-lib', 'calculator-tools'],
    );
    assert.deepEqual(house.logger.lines, []);
    await run.close();
  });

  it('stops after the first failure, and blocks what needs the failed task', async () => {
    const house = new House();
    const executor = new MadeUpExecutor(async ({ spec }) => {
      if (spec.kind === 'stage') throw new StageyardError('SCRIPT_FAILED', 'exit status 1');
    });
    const { run, pool } = await house.live(executor, await house.plan([calculator()], true));
    assert.equal(await run.finished, 'failed');
    await pool.drain();
    const phases = Object.fromEntries(
      run.tasks().map(({ id, phase }) => [id.split(/-1|:[0-9a-f]{8}$/)[0], phase]),
    );
    assert.deepEqual(phases, {
      'stage:calculator-build': 'failed',
      'package:calculator-lib': 'blocked',
      'test:calculator-lib': 'blocked',
      'package:calculator-tools': 'blocked',
      'test:calculator-tools': 'blocked',
      'package:calculator-docs': 'done',
    });
    await run.close();
  });

  it('continues from the journal after its process died, without doing done tasks again', async () => {
    const house = new House();
    const plan = await house.plan([calculator()]);
    const hanging = new MadeUpExecutor(async ({ spec, signal }) => {
      if (spec.kind === 'stage') return;
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    });
    const first = await house.live(hanging, plan);
    while (!house.events.some((event) => event.kind === 'task' && event.what === 'task-done')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await first.run.close();
    await first.pool.stop();
    const executor = new MadeUpExecutor();
    const second = await house.live(executor, undefined);
    assert.equal(await second.run.finished, 'succeeded');
    await second.pool.drain();
    assert.ok(executor.requests.every(({ spec }) => spec.kind !== 'stage'));
    assert.equal(executor.requests.length, 5);
    await second.run.close();
  });

  it('is over at once when its journal is finished', async () => {
    const house = new House();
    const first = await house.live(new MadeUpExecutor(), await house.plan([calculator()]));
    await first.run.finished;
    await first.pool.drain();
    const entryCount = house.journal.entries.length;
    const second = await house.live(new MadeUpExecutor(), undefined);
    assert.equal(await second.run.finished, 'succeeded');
    await second.pool.drain();
    assert.equal(house.journal.entries.length, entryCount);
  });

  it('is cancelled: what runs is aborted, nothing is published', async () => {
    const house = new House();
    const aborted: string[] = [];
    const hanging = new MadeUpExecutor(
      ({ spec, signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            aborted.push(spec.kind);
            reject(signal.reason);
          }),
        ),
    );
    const { run, pool } = await house.live(hanging, await house.plan([calculator()]));
    while (pool.runningCount < 2) await new Promise((resolve) => setImmediate(resolve));
    run.cancel();
    assert.equal(await run.finished, 'cancelled');
    await pool.drain();
    assert.deepEqual(aborted.toSorted(), ['package', 'stage']);
    assert.deepEqual(house.publisher.published, []);
    await run.close();
  });
});
