/** `npm run test:peers [-- FILE…]`: the tests that compare with other implementations, which live in a Python venv under .cache/. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { endWithSignals } from './support/runner/ended-by-signal.ts';
import { runFiles } from './support/runner/run-files.ts';
import { pythonVenv } from './support/python-venv.ts';

const FILE_BOUND_MS = 15 * 60_000;
const RUN_BOUND_MS = 30 * 60_000;

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const patterns = wanted.length > 0 ? wanted : ['test/differential/**/*.test.ts'];
const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();
if (files.length === 0) throw new Error(`no test file matches ${patterns.join(' ')}`);
endWithSignals();
process.stdout.write('== Python peers\n');
await pythonVenv();
process.stdout.write(`== ${files.length} test files\n`);
const isPassed = await runFiles({
  files,
  directory: root,
  environment: process.env,
  concurrency: 1,
  boundMsOf: () => FILE_BOUND_MS,
  boundMs: RUN_BOUND_MS,
  write: (text) => process.stdout.write(text),
});
process.exit(isPassed ? 0 : 1);
