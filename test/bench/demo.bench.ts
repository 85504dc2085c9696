/**
 * The demo's recipes (tests skipped on both sides): our command in two calls, cold and then with everything cached,
 * beside rattler-build's Python module in one process. Wall time with two slots.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pythonVenv } from '../support/python-venv.ts';
import { checkout, Yard } from '../support/stageyard.ts';
import type { BenchResult } from './bench-result.ts';

const ROUNDS = 3;
const recipes = ['adder', 'calculator'].map((name) => join(checkout, 'examples', name));

async function ours(yard: Yard): Promise<number> {
  const startedAt = performance.now();
  for (const recipe of recipes) {
    const outcome = await yard.build(['-r', recipe, '-c', yard.output, '--no-test', '--jobs', '2']);
    if (outcome.code !== 0) throw new Error(outcome.stderr + outcome.stdout);
  }
  return performance.now() - startedAt;
}

function theirs(python: string, directory: string): number {
  mkdirSync(directory);
  const script = join(checkout, 'test', 'differential', 'peer_build.py');
  const startedAt = performance.now();
  execFileSync(python, [script, directory, ...recipes], { stdio: 'ignore' });
  return performance.now() - startedAt;
}

/** Best of several rounds of each, taken in turn. */
export async function run(): Promise<BenchResult> {
  const python = await pythonVenv();
  const warmUp = new Yard();
  await ours(warmUp);
  await warmUp.remove();
  const best = { cold: Infinity, cached: Infinity, peer: Infinity };
  for (let round = 0; round < ROUNDS; round += 1) {
    const yard = new Yard();
    best.cold = Math.min(best.cold, await ours(yard));
    best.cached = Math.min(best.cached, await ours(yard));
    best.peer = Math.min(best.peer, theirs(python, join(yard.directory, 'peer')));
    await yard.remove();
  }
  return {
    name: 'demo',
    ratios: {
      'rattler-build wall time / ours, cold': best.peer / best.cold,
      'rattler-build wall time / ours, everything cached': best.peer / best.cached,
      'ours cold / cached': best.cold / best.cached,
    },
    details: {
      coldMs: Math.round(best.cold),
      cachedMs: Math.round(best.cached),
      rattlerBuildMs: Math.round(best.peer),
    },
  };
}
