/**
 * `npm run bench [-- NAME…]`: runs test/bench/*.bench.ts one after the other and prints ratios of this one run.
 * The numbers also go to .cache/bench.json; a change of a committed baseline (test/bench/baseline.json) is shown.
 */
import { globSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BenchResult } from './bench-result.ts';

const root = join(import.meta.dirname, '..', '..');
const wanted = process.argv.slice(2);

async function load(path: string): Promise<() => Promise<BenchResult>> {
  const module: unknown = await import(path);
  if (
    typeof module === 'object' &&
    module !== null &&
    'run' in module &&
    typeof module.run === 'function'
  ) {
    const { run } = module;
    return async (): Promise<BenchResult> => run() as Promise<BenchResult>;
  }
  throw new TypeError(`${path} exports no function run`);
}

const baselinePath = join(import.meta.dirname, 'baseline.json');
const baseline: Record<string, Record<string, number>> = existsSync(baselinePath)
  ? JSON.parse(readFileSync(baselinePath, 'utf8'))
  : {};
const results: BenchResult[] = [];
for (const path of globSync(join(import.meta.dirname, '*.bench.ts')).toSorted()) {
  const name = basename(path, '.bench.ts');
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const run = await load(path);
  const result = await run();
  results.push(result);
  process.stdout.write(`${result.name}\n`);
  for (const [ratio, value] of Object.entries(result.ratios)) {
    const before = baseline[result.name]?.[ratio];
    process.stdout.write(
      `  ${value.toFixed(2)}×  ${ratio}${before === undefined ? '' : `  (baseline ${before.toFixed(2)}×)`}\n`,
    );
  }
  for (const [detail, value] of Object.entries(result.details))
    process.stdout.write(`  ${detail}: ${value}\n`);
}
if (results.length === 0) throw new RangeError(`no bench is named ${wanted.join(' or ')}`);
mkdirSync(join(root, '.cache'), { recursive: true });
writeFileSync(join(root, '.cache', 'bench.json'), `${JSON.stringify(results, undefined, 2)}\n`);
