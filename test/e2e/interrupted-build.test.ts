/** Builds that are interrupted or killed, builds beside each other, and what `--json` and secrets promise. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  globSync,
  mkdirSync,
  readFileSync,
  type ReadStream,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';
import { assertReadable, RecipeYard } from '../support/recipe-yard.ts';

const limits = { timeout: 120_000 };
/** Seconds within which Ctrl-C must have done its work. */
const STOPPED_WITHIN_MS = 8_000;

/** A recipe whose second output waits for ever, with grandchildren, until the file `go` exists. */
class WaitingRecipe {
  readonly yard = new RecipeYard();
  readonly directory: string;
  readonly #pipe = join(this.yard.directory, 'pipe');
  readonly #go = join(this.yard.directory, 'go');

  constructor() {
    execFileSync('mkfifo', [this.#pipe]);
    const script = [
      'mkdir -p $PREFIX/x; echo > $PREFIX/x/y',
      `if [ -e '${this.#go}' ]; then exit 0; fi`,
      `exec 9> '${this.#pipe}'`,
      "(trap '' INT TERM; sleep 900 & sleep 900 & wait) &",
      'echo running >&9',
      'sleep 900',
    ].join('\n');
    this.directory = this.yard.recipe(
      'waiting',
      `recipe: {name: waiting, version: "1"}\noutputs:\n  - package: {name: first}\n    build: {script: "mkdir -p $PREFIX/x; echo > $PREFIX/x/first"}\n  - package: {name: second}\n    requirements: {host: [first]}\n    build: {script: ${JSON.stringify(script)}}\n`,
    );
  }

  /** A pipe that every process of the script holds open: it ends when the last of them is gone. */
  watch(): { running: Promise<void>; gone: Promise<void> } {
    const stream: ReadStream = createReadStream(this.#pipe);
    const running = new Promise<void>((resolve, reject) => {
      stream.once('data', () => resolve());
      stream.once('error', reject);
    });
    const gone = new Promise<void>((resolve) => stream.once('end', () => resolve()));
    return { running, gone };
  }

  /** The next script ends by itself. */
  letGo(): void {
    writeFileSync(this.#go, '');
  }
}

async function interrupted(
  signal: NodeJS.Signals,
  check: (
    waiting: WaitingRecipe,
    end: { code: number | null; stdout: string; tookMs: number },
  ) => void,
) {
  const waiting = new WaitingRecipe();
  const { yard, directory } = waiting;
  try {
    const { running, gone } = waiting.watch();
    const { child, ended } = yard.startRecipe(directory);
    await running;
    const before = yard.indexed();
    const startedAtMs = performance.now();
    child.kill(signal);
    const outcome = await ended;
    await gone;
    check(waiting, { ...outcome, tookMs: performance.now() - startedAtMs });
    assertReadable(`${outcome.stdout}${outcome.stderr}`);
    yard.assertChannel(before);
    waiting.letGo();
    const again = await yard.buildRecipe(directory);
    assert.equal(again.code, 0, again.stdout);
    assert.match(again.stdout, /reused first|finished before/);
    assert.doesNotMatch(again.stdout, /done package first/);
    yard.assertChannel(yard.indexed());
    assert.equal(yard.indexed().length, 2);
    assert.deepEqual(globSync('*', { cwd: yard.buildRoot }), []);
  } finally {
    await yard.remove();
  }
}

describe('a build that is stopped while a script runs', limits, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`by ${signal} ends at once with its whole process group, and can be gone on with`, () =>
      interrupted(signal, (_waiting, { code, stdout, tookMs }) => {
        assert.equal(code, 130);
        assert.match(stdout, /1 cancelled/);
        assert.ok(tookMs < STOPPED_WITHIN_MS, `${tookMs} ms`);
      }));
  }

  it('by kill -9 leaves no process behind, and the next build goes on', () =>
    interrupted('SIGKILL', (_waiting, { code, tookMs }) => {
      assert.equal(code, null);
      assert.ok(tookMs < STOPPED_WITHIN_MS, `${tookMs} ms`);
    }));

  it('by a reader that goes away is not stopped', async () => {
    const yard = new RecipeYard();
    const recipe = yard.recipe(
      'read',
      'package: {name: read, version: "1"}\nbuild: {script: "mkdir $PREFIX/x; touch $PREFIX/x/y"}\n',
    );
    const { child, ended } = yard.startRecipe(recipe);
    child.stdout?.destroy();
    const outcome = await ended;
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(yard.indexed().length, 1);
    await yard.remove();
  });
});

describe('builds into one output directory at the same time', limits, () => {
  it('leave an index that has all packages', async () => {
    const yard = new RecipeYard();
    const names = ['one', 'two', 'three'];
    const started = names.map((name) => {
      const outputs = Array.from(
        { length: 5 },
        (_, index) =>
          `  - package: {name: ${name}-${index}}\n    build: {script: "mkdir $PREFIX/x; touch $PREFIX/x/${name}-${index}"}`,
      );
      return yard.startRecipe(
        yard.recipe(
          name,
          [`recipe: {name: ${name}, version: "1"}`, 'outputs:', ...outputs].join('\n'),
        ),
      );
    });
    for (const { ended } of started) {
      const outcome = await ended;
      assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    }
    assert.equal(yard.indexed().length, 15);
    yard.assertChannel(yard.indexed());
    await yard.remove();
  });
});

/** Everything below a directory, packages unpacked. */
async function bytesBelow(directory: string): Promise<Buffer> {
  for (const path of globSync('**/*.conda', { cwd: directory })) {
    const unpacked = join(directory, `${path}.unpacked`);
    mkdirSync(unpacked);
    const archive = await openCondaArchive(join(directory, path));
    await archive.extractTo(unpacked);
    await archive.close();
  }
  const paths = globSync('**', { cwd: directory }).map((path) => join(directory, path));
  return Buffer.concat(
    paths.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path)),
  );
}

describe('a secret of the build script', limits, () => {
  it('is in no output, log, package or store', async () => {
    const yard = new RecipeYard();
    const env = { DEPLOY_TOKEN: 'correct-horse-42', OTHER: 'two\nlines-of-it' };
    const content = [
      'echo "token $DEPLOY_TOKEN"; echo "$OTHER"; set; printenv >&2',
      'printf correct-ho; sleep 0.2; printf "rse-42\\n"',
      'mkdir -p $PREFIX/x; echo > $PREFIX/x/y; test -n "$DEPLOY_TOKEN"',
    ];
    for (const [name, last] of Object.entries({ good: 'true', bad: 'exit 3' })) {
      const script = JSON.stringify([...content, last].join('\n'));
      const recipe = yard.recipe(
        name,
        `package: {name: ${name}, version: "1"}\nbuild:\n  script:\n    secrets: [DEPLOY_TOKEN, OTHER]\n    content: ${script}\n`,
      );
      for (const more of [
        ['--verbose', '--keep-build'],
        ['--json', '--rebuild', name, '--output-dir', join(yard.directory, 'again')],
      ]) {
        const outcome = await yard.buildRecipe(recipe, more, { env });
        assert.equal(outcome.code, name === 'good' ? 0 : 1, outcome.stdout);
        const said = outcome.stdout + outcome.stderr;
        assert.match(said, /token \*{8}/);
        assert.doesNotMatch(said, /correct-horse-42|lines-of-it/);
      }
    }
    const stored = await bytesBelow(yard.directory);
    // The recipe itself spells the first one in two halves.
    assert.equal(stored.includes('correct-horse-42'), false);
    assert.equal(stored.includes('lines-of-it'), false);
    await yard.remove();
  });
});

describe('what a program reads', limits, () => {
  const script = `printf '\\033[31mred\\n\\033[2J\\r10%%\\r20%%\\n'; mkdir $PREFIX/x; touch $PREFIX/x/y`;
  const text = (last: string): string =>
    `package: {name: colourful, version: "1"}\nbuild: {script: ${JSON.stringify(`${script}; ${last}`)}}\n`;

  it('is one JSON object a line and nothing else, whether the build succeeds or not', async () => {
    const yard = new RecipeYard();
    for (const [last, code] of [
      ['true', 0],
      ['false', 1],
    ] as const) {
      const outcome = await yard.buildRecipe(yard.recipe('json', text(last)), ['--json']);
      assert.equal(outcome.code, code);
      assert.equal(outcome.stderr, '');
      const events = outcome.stdout
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      assert.ok(
        events.every((event) => typeof event === 'object' && event !== null && 'event' in event),
      );
      assert.match(
        outcome.stdout.trimEnd().split('\n').at(-1) ?? '',
        /"event":"summary".*"exitCode":[01]\}$/,
      );
    }
    await yard.remove();
  });

  it('has no colours or cursor movements where standard output is no terminal', async () => {
    const yard = new RecipeYard();
    const env = {
      FORCE_COLOR: '1',
      CLICOLOR_FORCE: '1',
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
    };
    for (const more of [[], ['--verbose'], ['--log-style', 'fancy'], ['--quiet']]) {
      const outcome = await yard.buildRecipe(yard.recipe('plain', text('false')), more, { env });
      assert.equal(outcome.code, 1);
      assertReadable(outcome.stdout + outcome.stderr);
    }
    await yard.remove();
  });
});
