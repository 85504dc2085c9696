/** `npm run farm` as a user runs it: its packages beside those of one process, and what it leaves behind. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { checkout, Yard } from '../support/stageyard.ts';

/** Of everything that ends a farm. */
const END_MS = 30_000;
const EPOCH = '1760000000';

const yard = new Yard();
after(() => yard.remove());

interface StartedFarm {
  readonly process: ChildProcess;
  readonly ended: Promise<number | string>;
  /** Resolves when none of its processes holds its output any more. */
  readonly closed: Promise<unknown>;
  /** What it has printed. */
  readonly text: () => string;
  /** Resolves once it has printed that. */
  readonly until: (pattern: RegExp) => Promise<void>;
  /** All temporary files of it and its processes. */
  readonly temporary: string;
  readonly output: string;
}

function startFarm(name: string, words: readonly string[]): StartedFarm {
  const temporary = join(yard.directory, name, 'tmp');
  const output = join(yard.directory, name, 'output');
  mkdirSync(temporary, { recursive: true });
  const program = join(checkout, 'examples', 'farm.ts');
  const child = spawn(process.execPath, [program, '--output-dir', output, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: temporary,
      STAGEYARD_STORE: yard.store,
      SOURCE_DATE_EPOCH: EPOCH,
    },
  });
  let text = '';
  const closed = once(child, 'close');
  const ended = once(child, 'exit').then(([code, signal]): number | string => code ?? signal);
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding('utf8').on('data', (more: string) => (text += more));
  }
  const until = async (pattern: RegExp): Promise<void> => {
    const early = ended.then(() => assert.fail(`ended before ${pattern}:\n${text}`));
    while (!pattern.test(text)) await Promise.race([once(child.stdout, 'data'), early]);
  };
  return { process: child, ended, closed, text: () => text, until, temporary, output };
}

/** Processes that were started with a path below the directory. */
async function processesBelow(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.includes(directory) || Number(pid) === process.pid) continue;
    found.push(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  }
  return found.filter((words) => words !== '').map((words) => words.replaceAll('\0', ' '));
}

/** The process that holds the farm is the last to go; those that it had to kill are gone a moment later. */
async function assertNothingLeft({ closed, temporary }: StartedFarm): Promise<void> {
  const late = AbortSignal.timeout(END_MS);
  await Promise.race([closed, once(late, 'abort')]);
  for (;;) {
    const left = [...(await processesBelow(temporary)), ...(await readdir(temporary))];
    if (left.length === 0 || late.aborted) return assert.deepEqual(left, []);
  }
}

function packagesBelow(channel: string): Record<string, string> {
  const paths = globSync(join(channel, '*', '*.conda')).toSorted();
  const digest = (path: string): string =>
    createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(paths.map((path) => [basename(path), digest(path)]));
}

describe('the farm on one machine', () => {
  it('builds the demo with both workers, to the bytes that one process builds', async () => {
    const farm = startFarm('once', ['--once']);
    assert.equal(await farm.ended, 0, farm.text());
    for (const worker of ['worker-1', 'worker-2']) {
      assert.match(farm.text(), new RegExp(`^  ${worker}  package calculator-`, 'm'));
    }
    const env = { SOURCE_DATE_EPOCH: EPOCH };
    for (const [name, ...words] of [['adder'], ['calculator', '-c', yard.output]] as const) {
      const outcome = await yard.build(['-r', join(checkout, 'examples', name), ...words], { env });
      assert.equal(outcome.code, 0, outcome.stderr);
    }
    assert.equal(Object.keys(packagesBelow(farm.output)).length, 5);
    assert.deepEqual(packagesBelow(farm.output), packagesBelow(yard.output));
    await assertNothingLeft(farm);
  });

  it('goes on until Ctrl-C, with a store in a directory too, and leaves that alone', async () => {
    const store = join(yard.directory, 'shared');
    const farm = startFarm('interrupted', ['--store', `dir:${store}`]);
    await farm.until(/stageyard worker/);
    const [, settings = ''] = /^ {2}\. (\S+)/m.exec(farm.text()) ?? [];
    const command = `. ${settings} && exec ${join(checkout, 'deploy/bin/stageyard')} workers`;
    assert.match(execFileSync('sh', ['-c', command], { encoding: 'utf8' }), /^worker-2 /m);
    farm.process.kill('SIGINT');
    assert.equal(await farm.ended, 0, farm.text());
    await assertNothingLeft(farm);
    assert.notDeepEqual(await readdir(join(store, 'blobs')), []);
  });

  it('leaves nothing behind when it is killed while it starts, builds or waits', async () => {
    const moments = [/starting a farm/, /start (package|stage|test)/, /goes on until Ctrl-C/];
    for (const [index, moment] of moments.entries()) {
      const farm = startFarm(`killed-${index}`, []);
      await farm.until(moment);
      farm.process.kill('SIGKILL');
      await farm.ended;
      await assertNothingLeft(farm);
    }
  });

  it('leaves nothing behind when nobody reads what it prints', async () => {
    const farm = startFarm('unread', []);
    await farm.until(/The farm:/);
    farm.process.stdout?.destroy();
    await farm.ended;
    await assertNothingLeft(farm);
  });

  it('says so and ends when one of its processes is gone', async () => {
    const farm = startFarm('broken', []);
    await farm.until(/goes on until Ctrl-C/);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const isOurs = environment.includes(farm.temporary) && words.endsWith('\0coordinator\0');
      if (isOurs) process.kill(Number(pid), 'SIGKILL');
    }
    assert.equal(await farm.ended, 3, farm.text());
    assert.match(farm.text(), /coordinator has ended/);
    await assertNothingLeft(farm);
  });
});
