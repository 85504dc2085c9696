/** Builds that fail, and scripts that leave odd things: one clear message, the right exit code, and a channel that only has what passed. */
import assert from 'node:assert/strict';
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { assertFailure, assertReadable, RecipeYard } from '../support/recipe-yard.ts';
import type { CommandOutcome } from '../support/stageyard.ts';

const limits = { timeout: 240_000 };
const yard = new RecipeYard();
after(() => yard.remove());

const plain = (script: string | readonly string[], more = ''): string =>
  `package: {name: thing, version: "1"}\nbuild:\n  script: ${JSON.stringify(script)}\n${more}`;
const writes = 'mkdir -p $PREFIX/x && echo > $PREFIX/x/y';

/** Builds in a yard of its own what succeeds; answers what it said and the names of the channel. */
async function builds(
  text: string,
  more: readonly string[] = [],
): Promise<{ said: string; names: string[] }> {
  const own = new RecipeYard();
  try {
    const outcome = await own.buildRecipe(own.recipe('built', text), more);
    assert.equal(outcome.code, 0, `${outcome.stderr}\n${outcome.stdout}`);
    assertReadable(`${outcome.stdout}\n${outcome.stderr}`);
    const names = own.indexed();
    own.assertChannel(names);
    return { said: outcome.stdout, names };
  } finally {
    await own.remove();
  }
}

describe('a failing script', limits, () => {
  it('is told once: status, end of the output, log, and a command that opens its shell', async () => {
    const script = [
      'for i in $(seq 100); do echo line $i; done',
      'export TOLD=yes',
      'echo the reason >&2',
      'exit 7',
    ];
    const { stdout } = await yard.refuses(plain(script), {
      code: 1,
      says: [/failed with exit status 7/, /\| the reason\n/, /Log: \S+\.log/],
    });
    assert.equal(stdout.match(/\| the reason\n/g)?.length, 1, stdout);
    const log = /Log: (\S+)/.exec(stdout)?.[1] ?? '';
    assert.match(readFileSync(log, 'utf8'), /line 1\n[^]*line 100\n/);
    const command = /a shell in its work directory: (.+)/.exec(stdout)?.[1] ?? '';
    const shell = yard.runProgram([
      'sh',
      '-c',
      `echo 'echo "<$PKG_NAME $SRC_DIR $PWD>"' | (${command})`,
    ]);
    const [, name, source, here] = /<(\S+) (\S+) (\S+)>/.exec(shell.stdout) ?? [];
    assert.equal(name, 'thing', shell.stderr);
    assert.equal(source, here);
  });

  it('that is a test is told alike, with the log of all tests', async () => {
    const tests = 'tests:\n  - script: ["echo first", "false"]\n  - script: ["echo second"]\n';
    const { stdout } = await yard.refuses(plain(writes, tests), {
      code: 1,
      says: [/test 1 of thing failed with exit status 1/],
    });
    const log = /Log: (\S+)/.exec(stdout)?.[1] ?? '';
    assert.match(readFileSync(log, 'utf8'), /first\n[^]*second\n/);
    assert.match(stdout, /testing, 1 of 2\n[^]*script, test 1\n[^]*script, test 2\n/);
    const command = /a shell in its work directory: (.+)/.exec(stdout)?.[1] ?? '';
    assert.match(
      yard.runProgram(['sh', '-c', `echo 'echo "<$PKG_NAME>"' | (${command})`]).stdout,
      /<thing>/,
    );
    assert.deepEqual(globSync('*.conda', { cwd: join(yard.output, 'broken') }).length, 1);
    assert.match(stdout, /broken\/thing-1-\w+\.conda\n/);
    assert.ok(statSync(/\S+\/broken\/thing-1-\w+\.conda/.exec(stdout)?.[0] ?? '').size > 0);
  });

  it('removed its own prefix', async () => {
    await yard.refuses(plain('rm -rf $PREFIX'), {
      code: 1,
      says: [/removed or replaced the directory \$PREFIX/],
    });
    await yard.refuses(plain('rm -rf $PREFIX; ln -s /etc $PREFIX'), {
      code: 1,
      says: [/removed or replaced the directory \$PREFIX/],
    });
  });

  it('gave files names that are not UTF-8', async () => {
    const says = [/x\/b\ufffd: its name is not UTF-8/, /rename or remove it/];
    await yard.refuses(plain(`mkdir $PREFIX/x && touch $PREFIX/x/$'b\\xe4'`), { code: 1, says });
    await yard.refuses(
      `recipe: {name: r, version: "1"}\noutputs:\n  - staging: {name: s}\n    build: {script: "mkdir $PREFIX/x && touch $PREFIX/x/$'b\\\\xe4'"}\n  - package: {name: a}\n    inherit: s\n`,
      { code: 1, says },
    );
  });

  it('left nothing that build.files names', async () => {
    await yard.refuses(plain('mkdir lib && echo > lib/library.txt', '  files: ["lib/*"]\n'), {
      code: 1,
      says: [
        /lib\/\* matched nothing in \$PREFIX; the script wrote lib\/library\.txt in the work directory: did you mean \$PREFIX\/lib\?/,
      ],
    });
  });
});

describe('a script that succeeds and leaves odd things', limits, () => {
  it('is packaged with a finding about a truncated binary', async () => {
    const { said } = await builds(
      plain('mkdir $PREFIX/lib && head -c 3000 "$(command -v bash)" > $PREFIX/lib/libcut.so'),
    );
    assert.match(said, /lib\/libcut\.so: .*cut off \[INSPECT_TRUNCATED\]/);
    assert.match(said, /to mend it: build\.files: leave the file out/);
  });

  it('is packaged with circles of links, pipes and odd names, none of which reach the terminal raw', async () => {
    const script = [
      'mkdir $PREFIX/x; cd $PREFIX/x',
      'ln -s b a; ln -s a b; ln -s . self; ln -s ../.. up; ln -s /etc/passwd out; mkfifo pipe',
      `touch $'new\\nline' $'esc\\e[31m' ' lead'; ln -s /nowhere $'red\\e[31m'`,
      `printf '\\033[31mred\\033[2J\\n'`,
    ];
    const { said } = await builds(plain(script), ['--verbose']);
    assert.match(said, /x\/pipe is not packaged/);
    assert.match(said, /red\\x1b\[31m is a symbolic link/);
  });

  it('is cleaned up although its directories are read-only', async () => {
    const own = new RecipeYard();
    const script =
      'mkdir -p sub/z $PREFIX/x/y; touch sub/z/f $PREFIX/x/y/f; chmod 0555 sub/z sub $PREFIX/x/y $PREFIX/x';
    const outcome = await own.buildRecipe(own.recipe('readonly', plain(script)));
    assert.equal(outcome.code, 0, outcome.stdout);
    assert.deepEqual(globSync('*', { cwd: own.buildRoot }), []);
    await own.remove();
  });

  it('is logged although it wrote 100 MB on one line', async () => {
    const { said } = await builds(plain(`head -c 100000000 /dev/zero | tr '\\0' x; ${writes}`));
    assert.ok(said.length < 10_000);
  });
});

const family = (a: string): string => `
recipe: {name: family, version: "1"}
outputs:
  - package: {name: a}
    build: {script: "mkdir -p $PREFIX/x && echo > $PREFIX/x/a"}
    ${a}
  - package: {name: b}
    build: {script: "mkdir -p $PREFIX/x && echo > $PREFIX/x/b"}
    requirements: {run: ["\${{ pin_subpackage('a', exact=True) }}"]}
  - package: {name: c}
    build: {script: "mkdir -p $PREFIX/x && echo > $PREFIX/x/c"}
`;

describe('a failure with --continue-on-failure', limits, () => {
  it('of a script builds the independent rest and exits 1', async () => {
    const own = new RecipeYard();
    const recipe = own.recipe('family', family('').replace('echo > $PREFIX/x/a', 'exit 3'));
    const outcome = await own.buildRecipe(recipe, ['--continue-on-failure']);
    assertFailure(outcome, {
      code: 1,
      says: [/exit status 3/, /blocked package b 1 \w+: needs package a 1/],
    });
    assert.deepEqual(
      own.indexed().map((name) => name.split('-')[0]),
      ['c'],
    );
    own.assertChannel(own.indexed());
    await own.remove();
  });

  it('is what somebody without it is told of', async () => {
    const own = new RecipeYard();
    const failing = family('').replace('echo > $PREFIX/x/a', 'exit 3');
    const afterC = `  - package: {name: d}
    requirements: {run: ["\${{ pin_subpackage('c', exact=True) }}"]}
`;
    const outcome = await own.buildRecipe(own.recipe('family', failing + afterC), ['--jobs', '1']);
    // Whether a or c comes first is open; d comes after both.
    assertFailure(outcome, {
      code: 1,
      says: [/1 failed, 1 blocked, [12] not begun \(--continue-on-failure goes on\)/],
    });
    await own.remove();
  });

  it('of a test keeps the package and what depends on it out of the channel', async () => {
    const own = new RecipeYard();
    const recipe = own.recipe('family', family('tests: [{script: ["false"]}]'));
    for (const more of [['--continue-on-failure'], []]) {
      const outcome = await own.buildRecipe(recipe, more);
      assertFailure(outcome, { code: 1, says: [/test 1 of a failed/] });
      assert.deepEqual(
        own.indexed().filter((name) => !name.startsWith('c-')),
        [],
      );
      own.assertChannel(own.indexed());
      assert.equal(globSync('a-1-*.conda', { cwd: join(own.output, 'broken') }).length, 1);
    }
    await own.remove();
  });
});

/** Runs a build with a small disk of `kilobytes` at `place`, in mounts of its own; undefined where the machine allows no mounts. */
function buildOnDisk(
  t: TestContext,
  own: RecipeYard,
  disk: { place: string; options: string; words: readonly string[] },
): { outcome: CommandOutcome; files: string[] } | undefined {
  mkdirSync(disk.place, { recursive: true });
  const space = process.getuid?.() === 0 ? '-m' : '-Urm';
  const mount = `mount -t tmpfs -o ${disk.options} tmpfs '${disk.place}'`;
  const probe = own.runProgram(['unshare', space, 'sh', '-c', mount]);
  if (probe.code !== 0) {
    t.diagnostic(`no mounts here: ${probe.stderr}`);
    assert.match(probe.stderr, /not permitted|denied|cannot|failed/i);
    return undefined;
  }
  const script = `${mount} && { "$@"; code=$?; (cd '${disk.place}' && find . -type f) > '${own.directory}/files'; exit $code; }`;
  const outcome = own.runProgram([
    'unshare',
    space,
    'sh',
    '-c',
    script,
    'sh',
    own.launcher,
    ...disk.words,
  ]);
  const files = readFileSync(join(own.directory, 'files'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return { outcome, files };
}

describe('a disk that is full', limits, () => {
  const big = plain('mkdir $PREFIX/x && head -c 3000000 /dev/urandom > $PREFIX/x/y');

  it('under the output directory leaves no package and no index of it', async (t) => {
    const own = new RecipeYard();
    const words = own.words([own.recipe('big', big)]);
    const built = buildOnDisk(t, own, { place: own.output, options: 'size=64k', words });
    if (built !== undefined) {
      assertFailure(built.outcome, {
        code: 3,
        says: [/not published: /, /ENOSPC|disk/, /free disk space/, /1 not published/],
      });
      assert.deepEqual(
        built.files.filter((path) => /\.conda$|stageyard-tmp/.test(path)),
        [],
      );
    }
    await own.remove();
  });

  it('under the store ends the build, and nothing half-written stays in it', async (t) => {
    const own = new RecipeYard();
    const recipe = own.recipe('big', big);
    for (const size of ['size=400k', 'size=40k']) {
      const built = buildOnDisk(t, own, {
        place: own.store,
        options: size,
        words: own.words([recipe]),
      });
      if (built === undefined) continue;
      assertFailure(built.outcome, {
        code: 3,
        says: [/ENOSPC|disk is full|DISK_FULL|database or disk is full/i],
      });
      assert.deepEqual(
        built.files.filter((path) => path.includes('/blobs/tmp/')),
        [],
      );
    }
    own.assertChannel([]);
    assert.equal((await own.buildRecipe(recipe)).code, 0);
    await own.remove();
  });
});

describe('an output directory that cannot be written', limits, () => {
  const refuses = async (output: string): Promise<void> => {
    const words = yard.words([yard.recipe('unwritable', plain(writes))], ['--output-dir', output]);
    assertFailure(await yard.run(words), {
      code: 3,
      says: [/cannot write to the output directory \S+: /, /choose another with --output-dir/],
    });
  };

  it('is below a file', async () => {
    writeFileSync(join(yard.directory, 'file'), '');
    await refuses(join(yard.directory, 'file', 'output'));
    await refuses(join(yard.directory, 'file'));
  });

  it('is where nothing can be made', () =>
    refuses(process.platform === 'linux' ? '/proc/stageyard/output' : '/dev/stageyard/output'));

  it('is read-only', async (t) => {
    const own = new RecipeYard();
    const words = own.words([own.recipe('readonly', plain(writes))]);
    const built = buildOnDisk(t, own, { place: own.output, options: 'ro', words });
    if (built !== undefined)
      assertFailure(built.outcome, {
        code: 3,
        says: [/cannot write to the output directory/, /--output-dir/],
      });
    await own.remove();
  });

  it('is the store: then the store is named', async () => {
    const words = yard.words(
      [yard.recipe('unwritable', plain(writes))],
      ['--store', '/proc/stageyard'],
    );
    assertFailure(await yard.run(words), {
      code: 3,
      says: [/cannot write to the store \/proc\/stageyard/, /--store/],
    });
  });
});
