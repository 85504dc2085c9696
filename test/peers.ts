/** `npm run test:peers`: the tests that compare with other implementations, which live in a Python venv under .cache/. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const patterns = wanted.length > 0 ? wanted : ['test/differential/**/*.test.ts'];
const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();
if (files.length === 0) throw new Error(`no test file matches ${patterns.join(' ')}`);
const { pythonVenv } = await import('./support/python-venv.ts');
await pythonVenv();
const outcome = spawnSync(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=1',
    '--test-reporter=./test/support/summary-reporter.ts',
    '--test-reporter-destination=stdout',
    ...files,
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(outcome.status ?? 1);
