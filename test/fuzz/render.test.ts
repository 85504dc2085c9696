/**
 * Damaged recipes and variant files never crash rendering, hang it, or end in an internal error. `RENDER_FUZZ` says how
 * many seeds, `RENDER_FUZZ_SEED` where they start.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { fuzzInput } from '../support/render-fuzz.ts';
import type { FuzzOrder, Sabotage } from '../support/render-fuzz-worker.ts';

const COUNT = Number(process.env['RENDER_FUZZ'] ?? 100_000);
const FIRST = Number(process.env['RENDER_FUZZ_SEED'] ?? 1);
/** A seed that takes longer is a hang. */
const STUCK_MS = 20_000;

/** Findings of the seeds, which are above 0; a seed that hangs is the last. */
async function fuzz(count: number, sabotage: Sabotage, stuckMs = STUCK_MS): Promise<string[]> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const order: FuzzOrder = { from: FIRST, to: FIRST + count, progress, sabotage };
  const worker = new Worker(new URL('../support/render-fuzz-worker.ts', import.meta.url), {
    workerData: order,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const findings: string[] = [];
  worker.on('message', (finding: string) => findings.push(finding));
  let known = -1;
  const watch = setInterval(() => {
    const seed = Atomics.load(progress, 0);
    if (seed !== 0 && seed === known) {
      findings.push(`seed ${seed}: it hangs`);
      void worker.terminate();
    }
    known = seed;
  }, stuckMs);
  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
  clearInterval(watch);
  return findings;
}

describe('rendering of damaged recipes and variant files', () => {
  it(`survives ${COUNT} of them`, async () => {
    assert.deepEqual(await fuzz(COUNT, 'none'), []);
  });

  it('is watched: a crash, an internal error and a hang are found', async () => {
    const last = FIRST + 2;
    assert.match(
      (await fuzz(3, 'throw'))[0] ?? '',
      new RegExp(`^seed ${last}: TypeError: sabotage`),
    );
    assert.deepEqual(await fuzz(3, 'internal'), [`seed ${last}: an internal error`]);
    assert.deepEqual(await fuzz(3, 'hang', 1500), [`seed ${last}: it hangs`]);
  });

  it('is given inputs that differ and repeat by seed', () => {
    const inputs = Array.from({ length: 50 }, (_, seed) => JSON.stringify(fuzzInput(seed)));
    assert.ok(new Set(inputs).size > 45);
    assert.equal(JSON.stringify(fuzzInput(7)), inputs[7]);
  });
});
