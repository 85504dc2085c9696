/**
 * Seeds × faults on a simulated cluster: the invariants hold in every one, every run ends once things
 * heal, a seed repeats itself exactly, and bugs put in on purpose are found.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Canary, simulate } from './world/cluster.ts';
import { calm } from './world/faults.ts';

const SEEDS = 120;
/** Seeds that once failed, each with what was wrong. */
const regressions: readonly number[] = [];

async function firstCaught(canary: Canary, seeds: number): Promise<string | undefined> {
  const faults = {
    ...calm,
    slowCalls: 0.8,
    coordinatorCrashes: 10,
    workerPauses: 3,
    workerCrashes: 2,
  };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await simulate({ seed, canary, faults });
    if (violations.length > 0) return violations[0];
  }
  return undefined;
}

describe('a simulated cluster', () => {
  it(`keeps its invariants and ends, over ${SEEDS} seeds`, async () => {
    const seeds = [...regressions, ...Array.from({ length: SEEDS }, (_, index) => index + 1)];
    for (const seed of seeds) {
      const { violations, faults, trace } = await simulate({ seed });
      const story = `seed ${seed}: ${JSON.stringify(faults)}\n${trace.slice(-30).join('\n')}`;
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
      const { violations, trace } = await simulate({ seed, faults: calm });
      assert.deepEqual(violations, []);
      const executed = trace
        .filter((line) => line.startsWith('execute '))
        .map((line) => line.split('#')[0]);
      assert.equal(new Set(executed).size, executed.length, `seed ${seed}`);
    }
  });

  it('notices a coordinator that takes results of any epoch', async () => {
    assert.match((await firstCaught('skip-fencing', 40)) ?? '', /^fenced-results/);
  });

  it('notices a coordinator that acknowledges news before it is stored', async () => {
    assert.match((await firstCaught('ack-before-journal', 40)) ?? '', /^terminates/);
  });
});
