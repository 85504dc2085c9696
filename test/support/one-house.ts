/**
 * One machine's run, process after process: journal, blobs and channel stay; bus, pool and coordinator
 * live as long as a process does.
 */
import assert from 'node:assert/strict';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { workerId } from '#proto/ids.ts';
import type { Journal } from '#proto/ports/journal.ts';
import { embeddedRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { PlanRecipe } from '#coordinator/plan/plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { type OpenRun, openRun } from '#coordinator/shell/open-run.ts';
import type { RunEvent } from '#coordinator/shell/run-events.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import type { TaskExecutor } from '#workers/shell/task-executor.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { FakeBlobStore } from './fake-blob-store.ts';
import { FakeJournal } from './fake-journal.ts';
import { RememberingPublisher } from './made-results.ts';
import { output, planInput, recipe, scriptTest, staging } from './rendered-outputs.ts';
import { SilentLogger } from './silent-logger.ts';

/** See the file's head. */
export class House {
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

  /** A process; `journal` may be a faulty view of the house's. */
  async live(
    executor: TaskExecutor,
    plan: RunPlan | undefined,
    journal: Journal = this.journal,
  ): Promise<{ readonly run: OpenRun; readonly pool: WorkerPool }> {
    const { blobs, publisher, logger } = this;
    const bus = new MemoryBus({ clock: systemClock });
    const ports = { bus, blobs, clock: systemClock, logger };
    const worker = workerId('worker-1');
    const pool = await WorkerPool.start({
      ...ports,
      executor,
      worker,
      pools: () => ['linux-64'],
      slots: 2,
    });
    const onEvent = (event: RunEvent): void => void this.events.push(event);
    const run = await openRun({ ...ports, journal, publisher, plan, isBusLost: true, onEvent });
    return { run, pool };
  }
}

/** A staged recipe of three packages, two of them tested: six tasks. */
export function calculator(): PlanRecipe {
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
