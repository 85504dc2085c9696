/** Input that can't be built: each kind ends with one message that says what, where and what to change, before anything is written. */
import { after, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertFailure, assertReadable, RecipeYard } from '../support/recipe-yard.ts';

const limits = { timeout: 120_000 };
const yard = new RecipeYard();
after(() => yard.remove());

const plain = (script: string, more = ''): string =>
  `package: {name: thing, version: "1"}\nbuild:\n  script: ${JSON.stringify(script)}\n${more}`;

describe('a recipe that is refused', limits, () => {
  it('has an unknown key: the nearest one is suggested', async () => {
    const { stderr } = await yard.refuses(
      'package:\n  name: a\n  version: "1"\nbuild:\n  scirpt: make\n',
      {
        code: 1,
        says: [/unknown key `scirpt` in `build`/, /recipe\.yaml:5:3/, /did you mean `script`\?/],
      },
    );
    assert.equal(stderr.match(/error\[/g)?.length, 1);
  });

  it('is badly indented', async () => {
    const { stderr } = await yard.refuses('package:\n  name: a\n   version: "1"\n', {
      code: 1,
      says: [/invalid YAML/, /recipe\.yaml:\d:\d/, /help: .*column/],
    });
    assert.equal(stderr.match(/error\[/g)?.length, 1, stderr);
  });

  it('reads an undefined variable: once, also where others depend on it', async () => {
    const { stderr } = await yard.refuses(
      'context:\n  release: "1"\n  full: ${{ relaese }}.0\n  major: ${{ full }}\npackage:\n  name: a\n  version: ${{ full }}\n',
      {
        code: 1,
        says: [/`relaese` is not defined/, /recipe\.yaml:3:13/, /did you mean `release`\?/],
      },
    );
    assert.equal(stderr.match(/error\[/g)?.length, 1, stderr);
  });

  it('inherits from an unknown staging output', async () => {
    await yard.refuses(
      'recipe: {name: r, version: "1"}\noutputs:\n  - staging: {name: compile}\n  - package: {name: a}\n    inherit: complie\n',
      { code: 1, says: [/'complie' not found/, /compile/, /recipe\.yaml:5:14/] },
    );
  });

  it('has outputs that need each other', async () => {
    await yard.refuses(
      'recipe: {name: r, version: "1"}\noutputs:\n  - package: {name: a}\n    requirements: {host: [b]}\n  - package: {name: b}\n    requirements: {host: [a]}\n',
      { code: 1, says: [/RECIPE_CYCLE/, /a, b/, /recipe\.yaml/, /remove one of the requirements/] },
    );
  });

  it('has tests of a kind that this version does not run; without tests it builds', async () => {
    const text = plain(
      'mkdir -p $PREFIX/x && touch $PREFIX/x/y',
      'tests:\n  - r: {libraries: [a]}\n',
    );
    await yard.refuses(text, {
      code: 1,
      says: [/tests of kind r/, /recipe\.yaml:5:5/, /--test skip/],
    });
    const other = new RecipeYard();
    const outcome = await other.buildRecipe(other.recipe('r', text), ['--test', 'skip']);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(other.indexed().length, 1);
    await other.remove();
  });

  it('defines its context in a circle, or grows without end', async () => {
    await yard.refuses(
      'context:\n  a: ${{ b }}\n  b: ${{ a }}\npackage: {name: x, version: "1"}\n',
      {
        code: 1,
        says: [/`b` is not defined/],
      },
    );
    const doubling = Array.from(
      { length: 60 },
      (_, index) => `  a${index + 1}: \${{ a${index} }}\${{ a${index} }}`,
    );
    const text = [
      'context:',
      '  a0: xxxxxxxxxx',
      ...doubling,
      'package: {name: x, version: "1"}',
    ].join('\n');
    const { stderr } = await yard.refuses(text, { code: 1, says: [/longer than \d+ characters/] });
    assert.equal(stderr.match(/error\[/g)?.length, 1, stderr.slice(0, 2000));
  });

  it('is nested without end, or multiplies itself with aliases', async () => {
    await yard.refuses(`context:\n  a: ${'['.repeat(100_000)}\n`, {
      code: 1,
      says: [/recipe\.yaml:2/],
    });
    const levels = Array.from(
      { length: 12 },
      (_, index) => `b${index}: &b${index} [${`*b${index - 1},`.repeat(9)}]`,
    );
    await yard.refuses(['b: &b-1 [x]', ...levels].join('\n'), {
      code: 1,
      says: [/anchors and aliases/],
    });
  });

  it('is binary garbage, or not UTF-8', async () => {
    const says = [/recipe\.yaml` is not UTF-8 text/, /help/];
    await yard.refuses({ 'recipe.yaml': randomBytes(4000) }, { code: 1, says });
    await yard.refuses(
      { 'recipe.yaml': Buffer.from('\ufeffpackage: {}', 'utf16le') },
      { code: 1, says },
    );
  });

  it('has control characters: they are shown harmlessly', async () => {
    await yard.refuses('package:\n  name: "a"\n  \u001b[2Jversion: 1\n', {
      code: 1,
      says: [/recipe\.yaml:3/],
    });
    await yard.refuses('package:\n  name: "a\\e[31m"\n  version: "1"\n', {
      code: 1,
      says: [/is not a package name/],
    });
  });

  it('has 50 MB', async () => {
    await yard.refuses(
      `package: {name: a, version: "1"}\nabout:\n  summary: ${'x'.repeat(50_000_000)}\n`,
      {
        code: 1,
        says: [/more than \d+ characters/, /recipe\.yaml/],
      },
    );
  });
});

describe('a recipe path that is refused', limits, () => {
  const refused = async (path: string, says: readonly RegExp[]): Promise<void> => {
    assertFailure(await yard.buildRecipe(path), { code: 1, says });
    assert.equal(existsSync(yard.output), false);
  };

  it('does not exist', () =>
    refused(join(yard.directory, 'nowhere'), [/there is no recipe at .*nowhere/, /recipe\.yaml/]));

  it('goes in a circle', async () => {
    symlinkSync('circle', join(yard.directory, 'circle'));
    await refused(join(yard.directory, 'circle'), [/circle` can't be read \(ELOOP\)/]);
    const below = await yard.run(['build', '--recipe-dir', join(yard.directory, 'circle')]);
    assertFailure(below, { code: 1, says: [/circle` can't be read/] });
  });

  it('is a pipe that nobody writes to, or a device without end', async () => {
    const pipe = join(yard.directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await refused(pipe, [/pipe` is not a regular file/]);
    await refused('/dev/zero', [/not a regular file/]);
  });
});

describe('a source that is refused', limits, () => {
  const source = (text: string): string => plain('true', `source:\n  ${text}\n`);

  it('is a path that does not exist', async () => {
    await yard.refuses(source('path: nowhere'), {
      code: 1,
      says: [/nowhere does not exist/, /correct the path/],
    });
  });

  it('is a file URL of nothing', async () => {
    const sha256 = '0'.repeat(64);
    await yard.refuses(source(`url: file:///nowhere/at-all.tar.gz\n  sha256: "${sha256}"`), {
      code: 1,
      says: [
        /source file:\/\/\/nowhere\/at-all\.tar\.gz: there is no such file/,
        /check the path or url/,
      ],
    });
  });

  it('has another checksum than the recipe says', async () => {
    const archive = join(yard.directory, 'archive.bin');
    writeFileSync(archive, 'something else');
    const found = createHash('sha256').update('something else').digest('hex');
    await yard.refuses(source(`url: file://${archive}\n  sha256: "${'a'.repeat(64)}"`), {
      code: 1,
      says: [new RegExp(found), /a{64}/, /correct sha256/],
    });
  });

  it('has a pipe in it', async () => {
    const recipe = yard.recipe('piped', { 'recipe.yaml': source('path: src'), 'src/a': 'a' });
    execFileSync('mkfifo', [join(recipe, 'src', 'pipe')]);
    assertFailure(await yard.buildRecipe(recipe), {
      code: 1,
      says: [/src\/pipe is neither a file/, /remove it/],
    });
    yard.assertChannel([]);
  });
});

describe('an environment that cannot be solved', limits, () => {
  it('is explained', async () => {
    await yard.refuses(plain('true', 'requirements:\n  host: [libnowhere >=2]\n'), {
      code: 1,
      says: [
        /no environment for \S+ satisfies/,
        /libnowhere >=2/,
        /No candidates/,
        /change the requirements or add a channel/,
      ],
    });
  });
});

describe('flags that are refused', limits, () => {
  it('are unknown', async () => {
    assertFailure(await yard.run(['build', '--recipee', 'x']), {
      code: 2,
      says: [/unknown option '--recipee'/, /--help/],
    });
    assertFailure(await yard.run(['biuld']), { code: 2, says: [/Did you mean build/] });
  });

  it('have bad values: all of them are named at once', async () => {
    const words = [
      '--jobs',
      '0',
      '--test',
      'maybe',
      '--package-format',
      'zip',
      '--target-platform',
      'beos',
      '--variant',
      'x',
      '--sandbox',
    ];
    assertFailure(await yard.run(['build', ...words]), {
      code: 2,
      says: [
        /--jobs 0/,
        /--test maybe/,
        /--package-format zip/,
        /--target-platform beos/,
        /--variant x/,
        /--sandbox/,
      ],
    });
  });
});

describe('rendering alone', limits, () => {
  it('ends well when its reader has seen enough', async () => {
    const outputs = Array.from({ length: 400 }, (_, index) => `  - package: {name: many-${index}}`);
    const recipe = yard.recipe(
      'many',
      ['recipe: {name: many, version: "1"}', 'outputs:', ...outputs].join('\n'),
    );
    const { child, ended } = yard.start(['build', '--render-only', '-r', recipe]);
    child.stdout?.destroy();
    const outcome = await ended;
    assert.equal(outcome.code, 0, outcome.stderr);
    assertReadable(outcome.stderr);
  });

  it('says why it cannot print', async () => {
    const recipe = yard.recipe('one', plain('true'));
    const launcher = [
      'sh',
      '-c',
      `exec "$0" build --render-only -r "$1" > /dev/full`,
      yard.launcher,
      recipe,
    ] as const;
    const outcome = yard.runProgram(launcher);
    assertFailure(outcome, { code: 3, says: [/cannot write to standard output: ENOSPC/] });
  });
});

describe('inspecting', limits, () => {
  it('answers for odd paths without failing over them', async () => {
    const directory = join(
      yard.recipe('odd', {
        'recipe.yaml': '',
        cut: readFileSync(process.execPath).subarray(0, 3000),
      }),
    );
    writeFileSync(join(directory, 'esc\u001b[31m\nline'), 'x');
    symlinkSync('.', join(directory, 'self'));
    symlinkSync('loop', join(directory, 'loop'));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    const text = await yard.run(['inspect', directory, '/nowhere', '/dev/zero']);
    assertFailure(text, {
      code: 1,
      says: [/cut: problem: .*cut off/, /\/nowhere: problem: cannot be opened/],
    });
    const json = await yard.run(['inspect', '--json', directory]);
    const paths = json.stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    assert.equal(paths.length, 6);
  });
});
