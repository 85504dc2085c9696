/** Random recipes: outputs that need each other, shared staging outputs, tests; and which of them fail, and how. */
import { runId } from '#proto/ids.ts';
import type { RenderedStaging } from '#proto/recipe/recipe.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RetryPolicy } from '#coordinator/core/retry-policy.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import type { FakeBlobStore } from '../../support/fake-blob-store.ts';
import { output, planInput, recipe, scriptTest, staging } from '../../support/rendered-outputs.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Fate } from './sim-work.ts';

/** Pool of all tasks. */
export const POOL = 'linux-64';

/** Later runs are submitted within this time. */
const SUBMITTED_MS_MAX = 300_000;

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
  readonly fate: Fate;
  /** When its owner has the idea. */
  readonly afterMs: number;
}

/** The seed's submission of this number, from 0. */
export async function workloadOf(
  random: SeededRandom,
  blobs: FakeBlobStore,
  number: number,
): Promise<Workload> {
  const runOf = (digest: string): ReturnType<typeof runId> =>
    runId(`r${digest.slice(0, 16)}-${number}`);
  const planned = planRun(planInput([recipe(outputsOf(random))], { runOf }));
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
  const ids = plan.tasks.map(({ id }) => id);
  const someOf = (name: string): ReadonlySet<(typeof ids)[number]> => {
    const rate = random.chance(name, 0.4) ? 0.15 : 0;
    return new Set(ids.filter(() => random.chance(name, rate)));
  };
  const fate = { doomed: someOf('doom'), sick: someOf('sick') };
  const afterMs = number === 0 ? 0 : random.integer('submit', 0, SUBMITTED_MS_MAX);
  return { plan, fate, afterMs };
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
