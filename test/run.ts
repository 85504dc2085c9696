/**
 * `npm test`: everything a change must pass but the Python peers. Steps run in order of cost and the first
 * failure ends the run; the test runner comes last so that its summary closes the output.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
const folders = [
  'tidy',
  'unit',
  'property',
  'golden',
  'contract',
  'fault',
  'scenario',
  'sim',
  'fuzz',
  'integration',
  'e2e',
];

function step(title: string, command: string, words: readonly string[]): void {
  process.stdout.write(`\n== ${title}\n`);
  const environment = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    FORCE_COLOR: undefined,
  };
  const outcome = spawnSync(command, words, { cwd: root, stdio: 'inherit', env: environment });
  if (outcome.status !== 0) {
    process.stdout.write(`\n${title}: failed\n`);
    process.exit(outcome.status ?? 1);
  }
}

const wanted = process.argv.slice(2);
const patterns =
  wanted.length > 0 ? wanted : folders.map((folder) => `test/${folder}/**/*.test.ts`);
const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();
if (files.length === 0) throw new Error(`no test file matches ${patterns.join(' ')}`);

if (wanted.length === 0) {
  step('types', 'tsc', ['-b']);
  step('format', 'biome', ['format', '.']);
  step('lint', 'oxlint', ['--type-aware', '--deny-warnings']);
}
step(`${files.length} test files`, process.execPath, [
  '--disable-warning=ExperimentalWarning',
  '--test',
  '--test-reporter=dot',
  '--test-reporter-destination=stdout',
  '--test-reporter=./test/support/summary-reporter.ts',
  '--test-reporter-destination=stdout',
  ...files,
]);
