/** The commands of a farm's clients, as a person or a program calls them, at a farm that makes its results up. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { sha256Digest } from '#proto/digest.ts';
import { runId } from '#proto/ids.ts';
import type { Provenance } from '#proto/provenance.ts';
import type { WorkerPool } from '#workers/shell/worker-pool.ts';
import { replaceMethod } from '../support/altered.ts';
import { FarmHouse } from '../support/farm-house.ts';
import { HttpFarm } from '../support/http-farm.ts';
import { RecipeYard } from '../support/recipe-yard.ts';
import type { CommandOutcome } from '../support/stageyard.ts';

const limits = { timeout: 120_000 };
const yard = new RecipeYard();
const gate = Promise.withResolvers<void>();
const house = new FarmHouse(() => gate.promise);
const door = new HttpFarm(house, { token: 'a-token-of-some-length' });
const workers: WorkerPool[] = [];

const digest = sha256Digest('d'.repeat(64));
const provenance: Provenance = {
  revision: { commit: 'c'.repeat(40), isModified: true },
  recipe: digest,
  pathSources: {},
  snapshots: [],
  environments: { build: null, host: digest },
  worker: { system: 'linux x64', distribution: '', cLibrary: '', tools: [] },
};

before(async () => {
  replaceMethod(house.executor, 'execute', (execute) => async (request) => {
    const { output, reused } = await execute.call(house.executor, request);
    return { output: output.kind === 'package' ? { ...output, provenance } : output, reused };
  });
  door.farm = await house.coordinator();
  await door.open();
});
after(async () => {
  gate.resolve();
  for (const worker of workers) await worker.drain();
  await door.close();
  await yard.remove();
}, limits);

const environment = (): Record<string, string> => ({
  STAGEYARD_FARM: door.url,
  STAGEYARD_TOKEN: 'a-token-of-some-length',
});

function stageyard(...words: readonly string[]): Promise<CommandOutcome> {
  return yard.run(words, { env: environment() });
}

function parsed<T>({ stdout, code, stderr }: CommandOutcome): T {
  assert.equal(code, 0, stderr);
  const value: T = JSON.parse(stdout);
  return value;
}

async function submit(name: string): Promise<string> {
  const recipe = yard.recipe(
    name,
    `package: {name: ${name}, version: "1"}\nbuild: {script: "true"}\n`,
  );
  const words = ['submit', '--recipe', recipe, '-c', 'https://channel.invalid/x', '--json'];
  return parsed<{ run: string }>(await stageyard(...words)).run;
}

describe('the commands of a client', limits, () => {
  it('hand in, list, tell why a task waits, pause, go on, and cancel', async () => {
    const run = await submit('waits');
    assert.match(run, /^r[0-9a-f]{16}-[0-9a-f]{8}$/);
    const plan = await door.farm?.run(runId(run))?.plan();
    assert.equal(plan?.options.continueOnFailure, true);
    const { runs } = parsed<{ runs: { run: string; about: { label: string } }[] }>(
      await stageyard('status', '--json'),
    );
    assert.deepEqual(
      runs.map(({ run: name, about }) => [name, about.label]),
      [[run, 'waits']],
    );
    const shown = await stageyard('status', run.slice(0, 8));
    assert.match(
      shown.stdout,
      /offered +package +waits 1 \S+ +no worker of linux-64: there is none at all/,
    );
    const silent = await stageyard('logs', run);
    assert.match(
      silent.stderr,
      /no script has written anything yet \(package waits 1 .*: offered\)/,
    );
    assert.match((await stageyard('pause', run)).stdout, /: paused/);
    assert.match((await stageyard('resume', run)).stdout, /: going on/);
    const cancelled = parsed<{ isCancelled: boolean }>(await stageyard('cancel', run, '--json'));
    assert.equal(cancelled.isCancelled, true);
    const there = await stageyard('artifacts', run, '--list');
    assert.match(there.stderr, /cancelled: 0 of 1 packages are there/);
    const watched = await stageyard('watch', run);
    assert.equal(watched.code, 1);
    assert.match(watched.stdout, /0 packages, 0 tested, 1 cancelled/);
  });

  it('show workers, what they do, and their end', async () => {
    const run = await submit('runs');
    workers.push(await house.worker());
    const log = yard.start(['logs', run, '-f'], { env: environment() });
    gate.resolve();
    const { code, stderr } = await log.ended;
    assert.equal(code, 0);
    assert.match(stderr, /no script (has written anything yet \(package runs|wrote anything)/);
    const watched = await stageyard('watch', run, '--json');
    assert.equal(watched.code, 0, watched.stderr);
    for (const line of watched.stdout.trim().split('\n')) JSON.parse(line);
    assert.match(watched.stdout, /"event":"summary"/);
    const listed = await stageyard('artifacts', run, '--list', '--json');
    const artifact = parsed<{
      fn: string;
      isTested: boolean;
      path: string | null;
      provenance: Provenance;
      environments: { build: null; host: object };
    }>(listed);
    assert.deepEqual(artifact.provenance, provenance);
    const { build, host } = artifact.environments;
    assert.deepEqual([build, host], [null, { platform: 'linux-64', packages: [] }]);
    const shown = await stageyard('artifacts', run, '--list');
    assert.match(shown.stdout, /^linux-64\/runs-1-.* 1 B, commit cccccccccccc, modified\n$/);
    assert.match(artifact.fn, /^runs-1-.*\.conda$/);
    assert.deepEqual([artifact.isTested, artifact.path], [false, null]);
  });

  it('bring no package home that is not what its digest says', async () => {
    const { runs } = parsed<{ runs: { run: string }[] }>(await stageyard('status', '--json'));
    const outcome = await stageyard('artifacts', runs[0]?.run ?? '', '--to', yard.output);
    assert.equal(outcome.code, 3, 'the farm of this test makes packages up');
    assert.match(outcome.stderr, /came with other bytes than its digest says/);
    assert.equal(existsSync(`${yard.output}/linux-64/runs-1-h0_0.conda`), false);
  });
});

describe('what is told when it does not work', limits, () => {
  it('names the address of a farm that is not there, and what to start', async () => {
    for (const words of [
      ['status'],
      ['workers'],
      ['cancel', 'r1'],
      ['build', '--recipe', yard.recipe('any', 'package: {name: any, version: "1"}\n')],
    ]) {
      const address = 'http://127.0.0.1:9';
      const { code, stderr } = await stageyard(...words, '--farm', address);
      assert.equal(code, 3, words.join(' '));
      assert.match(
        stderr,
        /no farm answers at http:\/\/127\.0\.0\.1:9 .*\n.*stageyard coordinator/,
      );
    }
  });

  it('says what a token is for, and never which', async () => {
    const { code, stderr } = await yard.run(['status'], { env: { STAGEYARD_FARM: door.url } });
    assert.equal(code, 2);
    assert.match(stderr, /STAGEYARD_TOKEN/);
    assert.doesNotMatch(stderr, /a-token/);
  });

  it('knows runs and tasks by their names only', async () => {
    const unknown = await stageyard('status', 'r-nowhere');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /no run r-nowhere/);
    const run = await submit('named');
    const task = await stageyard('logs', run, 'nothing-like-it');
    assert.equal(task.code, 2);
    assert.match(task.stderr, /no task nothing-like-it; there are\n +package:named-1-/);
  });

  it('refuses a channel that exists only here, and flags of other machines', async () => {
    const recipe = yard.recipe('far', 'package: {name: far, version: "1"}\n');
    const local = await stageyard('submit', '--recipe', recipe, '-c', yard.channel);
    assert.equal(local.code, 2);
    assert.match(
      local.stderr,
      /\.\/channel exists only here: use an http or s3 channel, or --bundle-channel/,
    );
    const flags = await stageyard('build', '--farm', '--recipe', recipe, '--jobs', '2');
    assert.equal(flags.code, 2);
    assert.match(flags.stderr, /--jobs: workers of a farm have slots of their own/);
    const alone = await stageyard('build', '--recipe', recipe, '--bundle-channel');
    assert.match(alone.stderr, /--bundle-channel: belongs to --farm/);
  });
});
