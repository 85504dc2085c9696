/** A farm in one process: journal, store and bus outlive its coordinators; workers do what a test wants. */
import assert from 'node:assert/strict';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { runId, workerId } from '#proto/ids.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { PlanRecipe } from '#coordinator/plan/plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import type { Farm, FarmRun } from '#coordinator/shell/farm.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import type { TaskRequest } from '#workers/shell/task-executor.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { FakeBlobStore } from './fake-blob-store.ts';
import { FakeJournal } from './fake-journal.ts';
import { MadeUpExecutor, madeResult } from './made-results.ts';
import { calculator } from './one-house.ts';
import { planInput } from './rendered-outputs.ts';
import { SilentLogger } from './silent-logger.ts';

/** See the file's head. */
export class FarmHouse {
  readonly journal = new FakeJournal();
  readonly blobs = new FakeBlobStore();
  readonly logger = new SilentLogger();
  readonly bus = new MemoryBus({ clock: systemClock });
  readonly register = new MemoryRunRegister();
  readonly executor: MadeUpExecutor;

  constructor(work: (request: TaskRequest) => Promise<void> = async () => undefined) {
    this.executor = new MadeUpExecutor(async (request) => {
      const made = madeResult(request.spec);
      // The package's file itself: the farm looks whether it is there.
      if (made.kind === 'package') this.blobs.blobs.set(made.artifact.digest, new Uint8Array(1));
      await work(request);
    });
  }

  /** The next coordinator; a second one at a time needs a bus of its own. */
  coordinator(bus = this.bus): Promise<Farm> {
    const { journal, blobs, logger, register } = this;
    return openFarm({ journal, bus, blobs, logger, register, clock: systemClock, term: 1 });
  }

  /** Two slots. */
  worker(name = 'w1'): Promise<WorkerPool> {
    const { bus, blobs, logger, executor } = this;
    const ports = { bus, blobs, logger, executor, clock: systemClock };
    return WorkerPool.start({
      ...ports,
      worker: workerId(name),
      pools: () => ['linux-64'],
      slots: 2,
    });
  }

  /** A submission: six tasks. */
  async plan(name: string, recipes: readonly PlanRecipe[] = [calculator()]): Promise<RunPlan> {
    const planned = planRun(planInput(recipes));
    assert.ok(planned.ok);
    const run = runId(name);
    const tasks = planned.value.tasks.map((task) => ({ ...task, spec: { ...task.spec, run } }));
    const stored = await storePlan({
      plan: { ...planned.value, run, tasks },
      blobs: this.blobs,
      options: { continueOnFailure: true, queueDepth: 2, retry: farmRetryPolicy },
      poolOf: (platform) => platform,
    });
    return { ...stored, about: { label: name, submittedBy: 'somebody', submittedAtMs: 1 } };
  }
}

/** The run of this name. */
export function runOf(farm: Farm, name: string): FarmRun {
  const run = farm.run(runId(name));
  assert.ok(run !== undefined, `there is a run ${name}`);
  return run;
}

/** Resolves with how it ended. */
export async function endOf(farm: Farm, name: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const stop = await runOf(farm, name).follow((event) => {
    if (event.kind === 'finished') resolve(event.outcome);
  });
  const { outcome } = runOf(farm, name).listing();
  if (outcome !== null) resolve(outcome);
  const ended = await promise;
  stop();
  return ended;
}
