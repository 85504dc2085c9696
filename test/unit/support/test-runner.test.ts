import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { boundedStep } from '../../support/runner/bounded-step.ts';
import { runFiles } from '../../support/runner/run-files.ts';
import { type FileOutcome, runTestFile } from '../../support/runner/test-file.ts';
import { TellingScripts } from '../../support/telling-scripts.ts';
import { withTemporaryDirectory } from '../../support/temporary-directory.ts';

const HEAD = `import test from 'node:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
`;
const BOUND_MS = 3_000;
const LONG_MS = 60_000;
/** As if this file itself were not run by a runner of tests. */
const environment = { ...process.env, NODE_TEST_CONTEXT: undefined };

async function outcomeOf(
  directory: string,
  body: string,
  bounds: { boundMs?: number; lingerMs?: number } = {},
): Promise<FileOutcome & { said: string[] }> {
  await writeFile(join(directory, 'a.test.ts'), HEAD + body);
  const said: string[] = [];
  const { boundMs = LONG_MS, lingerMs = LONG_MS } = bounds;
  const file = { path: 'a.test.ts', directory, environment, boundMs, lingerMs };
  const outcome = await runTestFile(file, (line) => said.push(line));
  return { ...outcome, said };
}

test('tests that pass and fail are counted, and a failure is told with its error', () =>
  withTemporaryDirectory(async (directory) => {
    const { passed, failures, said } = await outcomeOf(
      directory,
      `test('fine', () => {});
       test('holds others', async (context) => {
         await context.test('inside', () => { throw new Error('broken on purpose'); });
       });`,
    );
    assert.equal(passed, 1);
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? '', /inside \(line 8\)\nError: broken on purpose\n +at /);
    assert.match(said[0] ?? '', /^failed: a\.test\.ts: inside/);
  }));

test('a test that is skipped is told with its reason and counts as neither', () =>
  withTemporaryDirectory(async (directory) => {
    const body = `test('later', (own) => own.skip('not on this machine'));`;
    const { passed, skipped, failures, said } = await outcomeOf(directory, body);
    assert.deepEqual({ passed, skipped, failures }, { passed: 0, skipped: 1, failures: [] });
    assert.deepEqual(said, ['skipped: a.test.ts: later: not on this machine']);
  }));

test('what a test says of itself is printed, and nothing else', () =>
  withTemporaryDirectory(async (directory) => {
    const body = `test('measures', (own) => own.diagnostic('7 kills'));`;
    assert.equal((await outcomeOf(directory, body)).output, '7 kills\n');
  }));

test('a file that crashes, ends early, or has no test is a failure', () =>
  withTemporaryDirectory(async (directory) => {
    const crashed = await outcomeOf(directory, `throw new Error('at the top');`);
    assert.match(crashed.failures.join(), /^ended with \d \(before its first test\)$/);
    assert.match(crashed.output, /Error: at the top\n/);
    const left = await outcomeOf(directory, `test('leaves', () => process.exit(7));`);
    assert.match(left.failures.join(), /ended with 7 \(in: leaves/);
    const empty = await outcomeOf(directory, '');
    assert.deepEqual(empty.failures, ['has no test']);
  }));

test('a busy loop that no signal reaches ends at the bound, and it is told in which test', () =>
  withTemporaryDirectory(async (directory) => {
    const { failures } = await outcomeOf(
      directory,
      `process.on('SIGTERM', () => {});
       test('fine', () => {});
       test('spins', () => { for (;;); });`,
      { boundMs: BOUND_MS },
    );
    assert.deepEqual(failures, ['is not done after 3.0 s (in: spins)']);
  }));

test('a file whose tests have ended but whose process stays open ends, and that is a failure', () =>
  withTemporaryDirectory(async (directory) => {
    const body = `test('fine', () => { setInterval(() => {}, 1000); });`;
    const { failures } = await outcomeOf(directory, body, { lingerMs: 200 });
    assert.match(failures.join(), /^does not end \(all its tests have ended; something keeps/);
  }));

test(
  'children of a file end with it, whether it ends by itself or is killed',
  { timeout: LONG_MS },
  (context) =>
    withTemporaryDirectory(async (directory) => {
      const scripts = await TellingScripts.open();
      context.after(() => scripts.close());
      const script = scripts.text.replace('\n', '\necho runs >&2\n');
      const start = `const child = spawn('bash', ['-c', ${JSON.stringify(script)}], { stdio: ['ignore', 'inherit', 'pipe'] });
       child.unref();
       await once(child.stderr, 'data');
       child.stderr.destroy();`;
      const cases = [
        ['', LONG_MS],
        ['await new Promise(() => { setInterval(() => {}, 1000); });', BOUND_MS],
      ] as const;
      for (const [rest, boundMs] of cases) {
        const running = scripts.next();
        const body = `test('starts a child', async () => { ${start} ${rest} });`;
        await outcomeOf(directory, body, { boundMs });
        await (await running).gone;
      }
    }),
);

test('a file ends when its runner is killed', { timeout: LONG_MS }, (context) =>
  withTemporaryDirectory(async (directory) => {
    const scripts = await TellingScripts.open();
    context.after(() => scripts.close());
    const running = scripts.next();
    const body = `test('waits', async () => {
         await once(connect(${scripts.port}, '127.0.0.1'), 'close');
       });`;
    await writeFile(join(directory, 'a.test.ts'), HEAD + body);
    const module = join(import.meta.dirname, '../../support/runner/test-file.ts');
    const program = `import { runTestFile } from ${JSON.stringify(module)};
      const file = { path: 'a.test.ts', directory: '.', environment: process.env, boundMs: 60000 };
      await runTestFile(file, () => {});`;
    const runner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: directory,
      stdio: 'ignore',
    });
    const { gone } = await running;
    runner.kill('SIGKILL');
    await gone;
  }),
);

test('files that take turns never run at the same time, and others run beside them', () =>
  withTemporaryDirectory(async (directory) => {
    const bodies = {
      'a.test.ts': `test('goes on beside another', async () => {
         while (!existsSync('c')) await new Promise((resolve) => setImmediate(resolve));
         writeFileSync('a', '');
       });`,
      'b.test.ts': `test('comes after a', () => { if (!existsSync('a')) throw new Error('too soon'); });`,
      'c.test.ts': `test('runs', () => writeFileSync('c', ''));`,
    };
    for (const [name, body] of Object.entries(bodies)) {
      await writeFile(join(directory, name), HEAD + body);
    }
    let text = '';
    const isPassed = await runFiles({
      files: Object.keys(bodies),
      directory,
      environment,
      concurrency: 2,
      takesTurns: (file) => file !== 'c.test.ts',
      boundMsOf: () => LONG_MS,
      boundMs: LONG_MS,
      write: (more) => (text += more),
    });
    assert.ok(isPassed, text);
  }));

test('the watchdog of a run names the file that runs and counts those that were not begun', () =>
  withTemporaryDirectory(async (directory) => {
    const body = `test('waits', async () => { await new Promise(() => setInterval(() => {}, 1000)); });`;
    for (const name of ['a.test.ts', 'b.test.ts']) {
      await writeFile(join(directory, name), HEAD + body);
    }
    let text = '';
    const isPassed = await runFiles({
      files: ['a.test.ts', 'b.test.ts'],
      directory,
      environment,
      concurrency: 1,
      boundMsOf: () => LONG_MS,
      boundMs: BOUND_MS,
      write: (more) => (text += more),
    });
    assert.equal(isPassed, false);
    assert.match(text, /still running:\n {2}a\.test\.ts \(in: waits\)\nnot begun: 1 files\n/);
    assert.match(text, /\n0 passed, 2 failed\n$/);
  }));

test('a step that does not end is killed', async () => {
  const isPassed = await boundedStep({
    title: 'a step that sleeps on purpose',
    command: 'sleep',
    words: ['60'],
    directory: '.',
    environment,
    boundMs: 100,
  });
  assert.equal(isPassed, false);
});
