/** Fuzzes in a thread of its own, which can be ended when a rendering doesn't end. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FuzzInput, fuzzFinding, fuzzInput, renderFuzzInput } from './render-fuzz.ts';

/** What a canary does in place of rendering, at its last seed. */
export type Sabotage = 'none' | 'throw' | 'hang' | 'internal';

/** Seeds `from` to `to - 1`; the one under way stands in `progress`. */
export interface FuzzOrder {
  readonly from: number;
  readonly to: number;
  readonly progress: Int32Array;
  readonly sabotage: Sabotage;
}

// The thread is started with exactly this.
const { from, to, progress, sabotage } = workerData as FuzzOrder;

function sabotaged(): readonly string[] {
  if (sabotage === 'internal') return ['INTERNAL'];
  if (sabotage === 'throw') throw new TypeError('sabotage');
  for (;;) if (progress.length === 0) return [];
}

for (let seed = from; seed < to; seed += 1) {
  Atomics.store(progress, 0, seed);
  const isSabotaged = sabotage !== 'none' && seed === to - 1;
  const render = isSabotaged
    ? sabotaged
    : (input: FuzzInput): readonly string[] => renderFuzzInput(input);
  const finding = fuzzFinding(fuzzInput(seed), render);
  if (finding !== undefined) parentPort?.postMessage(`seed ${seed}: ${finding}`);
}
