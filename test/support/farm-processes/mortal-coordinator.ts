/** Coordinators that die after what they store, until a run is over. */
import assert from 'node:assert/strict';
import type { Fact } from '#coordinator/core/facts.ts';
import type { TestFarm } from './test-farm.ts';

/**
 * After having stored its first entry (which keeps former leaders out), its second (which says that runs go on; or
 * the first run's submission) or its third: every entry with news of a run is the last one of a life.
 */
const LIVES = [2, 3, 1, 3];

/**
 * While `meanwhile` happens the coordinator dies after each entry and comes back, until the run is over; a last one
 * stays. Rejects when it didn't die after facts of all these kinds.
 */
export async function diesAfterFacts(
  farm: TestFarm,
  expected: readonly Fact['kind'][],
  meanwhile: () => Promise<void>,
): Promise<void> {
  const deaths = mortalCoordinator(farm);
  await Promise.all([meanwhile(), farm.until(({ kind }) => kind === 'finished')]);
  farm.endCoordinators();
  const kinds = await deaths;
  const missing = expected.filter((kind) => !kinds.has(kind));
  assert.deepEqual(missing, [], 'facts after which it did not die');
  farm.coordinator();
}

/** Answers the kinds of all facts after which it died. */
async function mortalCoordinator(farm: TestFarm): Promise<ReadonlySet<string>> {
  const kinds = new Set<string>();
  for (let deaths = 0; ; deaths += 1) {
    const coordinator = farm.coordinator({ diesAfterEntries: LIVES[deaths % LIVES.length] ?? 3 });
    await coordinator.exited;
    const last = coordinator.sayings.at(-1);
    if (last?.event !== 'dying' || farm.isOver) return kinds;
    for (const kind of last.facts) kinds.add(kind);
  }
}
