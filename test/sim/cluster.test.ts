/**
 * Seeds × faults on a simulated cluster: the invariants hold in every one, every run ends once things
 * heal, a seed repeats itself exactly, and bugs put in on purpose are found.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allCheckers } from './checkers/all.ts';
import { canaries, isCanaryName } from './world/canaries.ts';
import { firstFinding } from './world/search.ts';
import { calm } from './world/faults.ts';
import { simulate } from './world/simulate.ts';

const SEEDS = 200;
/** Seeds that once failed, each with what was wrong. */
const regressions: readonly number[] = [
  // A coordinator that had been superseded took news for stale and acknowledged it.
  49,
  // A snapshot waited without a pause for a submission that the store took its time to store.
  461,
  // The lease of a task that was over already was renewed, and its queue delivered nothing any more.
  1253,
];

describe('a simulated cluster', () => {
  it(`keeps its invariants and ends, over ${SEEDS} seeds`, async () => {
    const seeds = [...regressions, ...Array.from({ length: SEEDS }, (_, index) => index + 1)];
    for (const seed of seeds) {
      const { violations, faults, trace } = await simulate({ seed });
      const story = `seed ${seed}: ${JSON.stringify(faults)}\n${trace.slice(-50).join('\n')}`;
      assert.deepEqual(violations, [], story);
    }
  });

  it('repeats itself exactly', async () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const first = await simulate({ seed });
      const second = await simulate({ seed });
      assert.equal(first.hash, second.hash, `seed ${seed}`);
    }
  });

  it('does everything once when nothing goes wrong', async () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const { violations, executed } = await simulate({ seed, faults: calm, isHealthy: true });
      assert.deepEqual(violations, []);
      assert.equal(new Set(executed).size, executed.length, `seed ${seed}`);
    }
  });
});

describe('a bug put in on purpose', () => {
  it('exists for each rule', () => {
    const found = new Set<string>(Object.values(canaries).map(({ invariant }) => invariant));
    const unproven = allCheckers().filter(({ name }) => !found.has(name));
    assert.deepEqual(unproven, []);
  });

  for (const canary of Object.keys(canaries).filter(isCanaryName)) {
    const { invariant } = canaries[canary];
    it(`${canary} is caught by ${invariant} within ${SEEDS} seeds`, async () => {
      const finding = await firstFinding({ first: 1, count: SEEDS, canary });
      assert.notEqual(finding, undefined);
    });
  }
});
