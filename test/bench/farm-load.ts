/**
 * Runs of empty tasks, and a store that has everything they will ever read or make. Whoever calls this has the same
 * store: several processes need none in common, and none costs anything.
 */
import { canonicalJson } from '#proto/canonical-json.ts';
import { runId } from '#proto/ids.ts';
import type { TaskInputs, TaskSpec } from '#proto/task-spec.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { FakeBlobStore } from '../support/fake-blob-store.ts';
import { madeResult } from '../support/made-results.ts';
import { output, planInput, recipe } from '../support/rendered-outputs.ts';

/** All independent. */
export const TASKS_PER_RUN = 100;
/** Queue of all tasks. */
export const LOAD_POOL = 'linux-64';

/** Tasks that depend on nothing see nothing. */
const noInputs: TaskInputs = { artifacts: [], snapshots: [] };

/** Runs and their store. */
export interface Load {
  readonly blobs: FakeBlobStore;
  readonly plans: readonly RunPlan[];
}

/** The same for the same count. */
export async function makeLoad(runCount: number): Promise<Load> {
  const blobs = new FakeBlobStore();
  await blobs.putBytes(new TextEncoder().encode(canonicalJson(noInputs)));
  const plans: RunPlan[] = [];
  for (let index = 0; index < runCount; index += 1) plans.push(await planOf(index, blobs));
  return { blobs, plans };
}

async function planOf(index: number, blobs: FakeBlobStore): Promise<RunPlan> {
  const recipes = Array.from({ length: TASKS_PER_RUN }, (_, task) =>
    recipe([output({ name: `p${index}-${task}` })]),
  );
  const planned = planRun(planInput(recipes, { runOf: () => runId(`r-${index}`) }));
  if (!planned.ok) throw new Error(planned.failure.message);
  for (const { spec } of planned.value.tasks) await putResult(blobs, spec);
  const options = { continueOnFailure: true, queueDepth: 16, retry: farmRetryPolicy };
  return storePlan({ plan: planned.value, blobs, options, poolOf: () => LOAD_POOL });
}

async function putResult(blobs: FakeBlobStore, spec: TaskSpec): Promise<void> {
  const made = madeResult(spec);
  await blobs.putBytes(new TextEncoder().encode(canonicalJson(made)));
  if (made.kind === 'package') blobs.blobs.set(made.artifact.digest, new Uint8Array(1));
}
