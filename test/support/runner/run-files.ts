/**
 * All test files of a run, some at a time: a line for each that has ended, failures at once and whole, and a
 * last line `N passed, N failed`. A watchdog ends a run that takes too long and names the files it was in.
 */
import {
  type FileOutcome,
  killRunningFiles,
  runningFiles,
  runTestFile,
  seconds,
} from './test-file.ts';

/** What is run, and how long it may take. */
export interface FilesToRun {
  /** Relative to `directory`. */
  readonly files: readonly string[];
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly concurrency: number;
  /** Of the files for which this is true one runs at a time, beside others. */
  readonly takesTurns?: (file: string) => boolean;
  readonly boundMsOf: (file: string) => number;
  readonly boundMs: number;
  readonly write: (text: string) => void;
}

/** `true` when every test of every file passed. */
export async function runFiles(run: FilesToRun): Promise<boolean> {
  const outcomes: FileOutcome[] = [];
  const waiting = [...run.files];
  const watchdog = setTimeout(() => {
    const where = runningFiles().map((file) => `  ${file}\n`);
    run.write(
      `\nthe run is not done after ${seconds(run.boundMs)}; still running:\n${where.join('')}`,
    );
    run.write(`not begun: ${waiting.length} files\n`);
    waiting.length = 0;
    killRunningFiles('was running when the time of the whole run was over');
  }, run.boundMs);
  const next = nextOf(waiting, run.takesTurns);
  const lane = async (): Promise<void> => {
    for (let file = next(); file !== undefined; file = next(file)) {
      const outcome = await runOne(file, run);
      outcomes.push(outcome);
      run.write(lineOf(outcome, `${outcomes.length}/${run.files.length}`));
    }
  };
  await Promise.all(Array.from({ length: run.concurrency }, lane));
  clearTimeout(watchdog);
  return summed(outcomes, run);
}

/** Takes the first that may run now; `ended`: the one that the same lane has run. */
function nextOf(
  waiting: string[],
  takesTurns: (file: string) => boolean = () => false,
): (ended?: string) => string | undefined {
  let isTurnTaken = false;
  return (ended) => {
    if (ended !== undefined && takesTurns(ended)) isTurnTaken = false;
    const index = waiting.findIndex((file) => !isTurnTaken || !takesTurns(file));
    const [file] = index < 0 ? [] : waiting.splice(index, 1);
    isTurnTaken ||= file !== undefined && takesTurns(file);
    return file;
  };
}

async function runOne(path: string, run: FilesToRun): Promise<FileOutcome> {
  const { directory, environment } = run;
  const file = { path, directory, environment, boundMs: run.boundMsOf(path) };
  return runTestFile(file, (line) => run.write(`${line}\n`));
}

function lineOf(outcome: FileOutcome, position: string): string {
  const { path, passed, failures, elapsedMs, output } = outcome;
  const verdict = failures.length === 0 ? 'ok' : `FAILED (${failures.length})`;
  const printed = output.trim() === '' ? '' : `${output.trimEnd()}\n`;
  return `${printed}${position} ${verdict} ${path}: ${passed} passed, ${seconds(elapsedMs)}\n`;
}

/** Failures once more: they may have scrolled away. */
function summed(outcomes: readonly FileOutcome[], { files, write }: FilesToRun): boolean {
  const failures = outcomes.flatMap(({ path, failures: texts }) =>
    texts.map((text) => `${path}: ${text.split('\n', 1)[0]}`),
  );
  const notRun = files.length - outcomes.length;
  if (notRun > 0) failures.push(`${notRun} files were not run`);
  for (const failure of failures) write(`failed: ${failure}\n`);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const skipped = outcomes.reduce((sum, outcome) => sum + outcome.skipped, 0);
  const rest = skipped === 0 ? '' : `, ${skipped} skipped`;
  write(`\n${passed} passed, ${failures.length} failed${rest}\n`);
  return failures.length === 0;
}
