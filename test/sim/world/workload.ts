/** Random recipes: outputs that need each other, shared staging outputs, tests; and which of them fail. */
import type { TaskId } from '#proto/ids.ts';
import type { RenderedStaging } from '#proto/recipe/recipe.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RetryPolicy } from '#coordinator/core/retry-policy.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import type { FakeBlobStore } from '../../support/fake-blob-store.ts';
import { output, planInput, recipe, scriptTest, staging } from '../../support/rendered-outputs.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Pool of all tasks. */
export const POOL = 'linux-64';

/** Generous enough that a fault-free end is reached, small enough to be reached. */
const retry: RetryPolicy = {
  infraFailuresMax: 6,
  backoffMs: 1_000,
  backoffMsMax: 30_000,
  lossesMax: 3,
  singleHost: false,
};

/** A submission and its fate. */
export interface Workload {
  readonly plan: RunPlan;
  /** Tasks whose work fails by the user's fault, always. */
  readonly doomed: ReadonlySet<TaskId>;
}

/** The seed's own submission. */
export async function workloadOf(random: SeededRandom, blobs: FakeBlobStore): Promise<Workload> {
  const planned = planRun(planInput([recipe(outputsOf(random))]));
  if (!planned.ok) throw new Error(planned.failure.message);
  const plan = await storePlan({
    plan: planned.value,
    blobs,
    options: {
      continueOnFailure: random.chance('options', 0.6),
      queueDepth: random.integer('options', 1, 4),
      retry,
    },
    poolOf: () => POOL,
  });
  const doom = random.chance('doom', 0.4) ? 0.15 : 0;
  const doomed = plan.tasks.filter(() => random.chance('doom', doom)).map(({ id }) => id);
  return { plan, doomed: new Set(doomed) };
}

function outputsOf(random: SeededRandom): ReturnType<typeof output>[] {
  const count = random.integer('workload', 1, 10);
  const base = staging('base');
  const stagings: readonly (readonly RenderedStaging[])[] = [
    [],
    [],
    [base],
    [staging('second', { inherit: 'base' }), base],
  ];
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  return names.map((name, index) => {
    const earlier = names.slice(0, index).filter(() => random.chance('workload', 0.25));
    const others = names.filter(() => random.chance('workload', 0.15));
    return output({
      name,
      hostRequirements: earlier,
      run: others,
      staging: random.pick('workload', stagings) ?? [],
      tests: random.chance('workload', 0.6) ? [scriptTest()] : [],
    });
  });
}
