/**
 * `npm test [-- FILE…]`: everything a change must pass but the Python peers. Steps run in order of cost and the
 * first failure ends the run. Everything has a bound: a step, each test file, and the run as a whole.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { boundedStep } from './support/runner/bounded-step.ts';
import { endWithSignals } from './support/runner/ended-by-signal.ts';
import { runFiles } from './support/runner/run-files.ts';
import { olderNatsServer } from './support/services/older-nats.ts';

const MINUTE_MS = 60_000;
const STEP_BOUND_MS = 20 * MINUTE_MS;
/** Of all test files together; `STAGEYARD_TEST_MINUTES` says another. */
const RUN_BOUND_MINUTES = 60;
/** In the order in which they run, each with the minutes that one of its files may take. */
const folders: Readonly<Record<string, number>> = {
  tidy: 5,
  unit: 5,
  property: 8,
  golden: 5,
  contract: 5,
  fault: 5,
  scenario: 5,
  sim: 15,
  fuzz: 15,
  integration: 15,
  e2e: 20,
};

/** Most files wait most of the time: for servers, for leases, for processes of their own. */
const FILES_AT_A_TIME_MIN = 2;
/** They build the examples where everybody builds them: who finds that place in use builds elsewhere, to other bytes. */
const buildingExamples = ['test/e2e/demo.test.ts', 'test/e2e/local-farm.test.ts'];
/** Runs where its server is or can be got, and is left out elsewhere. */
const OLDEST_SERVER = 'test/integration/nats-oldest.test.ts';

const root = join(import.meta.dirname, '..');
const write = (text: string): void => void process.stdout.write(text);
const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  FORCE_COLOR: undefined,
};
const steps: readonly (readonly [title: string, command: string, words: readonly string[]])[] = [
  ['types', 'tsc', ['-b']],
  ['format', 'biome', ['format', '.']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  // Built or fetched here, so that no test's time goes by meanwhile.
  ['servers', process.execPath, ['test/support/services/get-servers.ts']],
];

async function stepsPass(): Promise<boolean> {
  for (const [title, command, words] of steps) {
    const step = { title, command, words, directory: root, environment, boundMs: STEP_BOUND_MS };
    if (!(await boundedStep(step))) return false;
  }
  return true;
}

/** Says last what was left out: what was said before has scrolled away. */
async function allFilesPass(): Promise<boolean> {
  const files = filesMatching(Object.keys(folders).map((name) => `test/${name}/**/*.test.ts`));
  const lack = await olderNatsServer((line) => write(`${line}\n`)).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (lack === undefined) return filesPass(files);
  const isPassed = await filesPass(files.filter((file) => file !== OLDEST_SERVER));
  write(`left out: ${OLDEST_SERVER}: ${lack}\n`);
  return isPassed;
}

function filesMatching(patterns: readonly string[]): readonly string[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }).toSorted());
  if (files.length === 0) throw new Error(`no test file matches ${patterns.join(' ')}`);
  return files;
}

async function filesPass(files: readonly string[]): Promise<boolean> {
  write(`\n== ${files.length} test files\n`);
  const minutes = Number(process.env['STAGEYARD_TEST_MINUTES'] ?? RUN_BOUND_MINUTES);
  return runFiles({
    files,
    directory: root,
    environment,
    concurrency: Math.max(FILES_AT_A_TIME_MIN, availableParallelism() - 1),
    takesTurns: (file) => buildingExamples.includes(file),
    boundMsOf: (file) => (folders[file.split('/')[1] ?? ''] ?? RUN_BOUND_MINUTES) * MINUTE_MS,
    boundMs: minutes * MINUTE_MS,
    write,
  });
}

endWithSignals();
const wanted = process.argv.slice(2);
const isPassed =
  wanted.length > 0
    ? await filesPass(filesMatching(wanted))
    : (await stepsPass()) && (await allFilesPass());
process.exit(isPassed ? 0 : 1);
