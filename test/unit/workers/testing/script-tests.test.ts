/** Running `script` tests: variables, working directory, templates, failures. The scripts really run. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import type { PackageTest, Script } from '#proto/recipe/recipe.ts';
import { runScript } from '#workers/script/run-script.ts';
import { environmentSecrets } from '#workers/secrets/secret-source.ts';
import {
  runScriptTest,
  type ScriptTestRequest,
  testFilesDirectory,
} from '#workers/testing/script-tests.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

type ScriptTest = Extract<PackageTest, { kind: 'script' }>;

function scriptTest(
  commands: readonly string[],
  more: Partial<Script> = {},
  files: readonly string[] = [],
): ScriptTest {
  return {
    kind: 'script',
    script: { env: {}, secrets: [], body: { kind: 'commands', commands }, ...more },
    requirements: { run: [], build: [] },
    files: { source: files, recipe: [] },
  };
}

interface Scene {
  readonly lines: string[];
  readonly root: string;
  readonly run: (test: ScriptTest, more?: Partial<ScriptTestRequest>) => Promise<number>;
}

async function scene(context: TestContext): Promise<Scene> {
  const root = await temporaryDirectory(context);
  const lines: string[] = [];
  for (const name of ['test', 'scripts', 'run/bin', 'build/bin', 'recipe'])
    await mkdir(join(root, name), { recursive: true });
  const run = (test: ScriptTest, more: Partial<ScriptTestRequest> = {}): Promise<number> =>
    runScriptTest({
      test,
      index: 0,
      identity: {
        name: 'foo',
        version: '1.2',
        buildNumber: 3,
        buildString: 'h1_3',
        hash: 'abcdef0',
      },
      platforms: { target: 'linux-64', host: 'linux-64', build: 'linux-64' },
      variant: { target_platform: 'linux-64', mpi: 'openmpi', python: '3.12' },
      context: { greeting: 'hello' },
      noarch: null,
      isVersionIndependent: false,
      runRecords: [],
      places: {
        testDir: join(root, 'test'),
        scriptDir: join(root, 'scripts'),
        runPrefix: join(root, 'run'),
        buildPrefix: null,
        recipeDir: join(root, 'recipe'),
      },
      process: {
        logPath: join(root, 'log'),
        onLine: (line) => lines.push(line),
        timeoutMs: 20_000,
        silentTimeoutMs: 0,
      },
      settings: { cpuCount: 2, epochSeconds: 1, envIsolation: 'strict' },
      caller: { PATH: process.env['PATH'] ?? '', CFLAGS: '-O9' },
      secrets: environmentSecrets({ TOKEN: 'hunter2' }),
      runScript,
      ...more,
    });
  return { root, lines, run };
}

async function failureOf(promise: Promise<unknown>): Promise<StageyardError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof StageyardError, String(error));
    return error;
  }
  return assert.fail('the test passed');
}

describe('a script test', () => {
  it('sees the variables of tests, not those of builds', async (context) => {
    const { root, lines, run } = await scene(context);
    const names =
      'PREFIX CONDA_BUILD CONDA_BUILD_STATE SUBDIR target_platform build_platform host_platform ARCH PKG_NAME PKG_VERSION PKG_BUILD_STRING PKG_BUILDNUM PKG_BUILD_NUMBER mpi PY_VER CPU_COUNT SRC_DIR RECIPE_DIR BUILD_PREFIX PIP_NO_INDEX CFLAGS PKG_HASH'.split(
        ' ',
      );
    await run(
      scriptTest([
        'set +x',
        ...names.map((name) => `echo "=${name}=\${${name}-unset}" >> $PREFIX/out`),
      ]),
    );
    const text = await readFile(join(root, 'run/out'), 'utf8');
    const seen = Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => line.split('=').slice(1)),
    );
    assert.deepEqual(seen, {
      PREFIX: join(root, 'run'),
      CONDA_BUILD: '1',
      CONDA_BUILD_STATE: 'TEST',
      SUBDIR: 'linux-64',
      target_platform: 'linux-64',
      build_platform: 'linux-64',
      host_platform: 'linux-64',
      ARCH: '64',
      PKG_NAME: 'foo',
      PKG_VERSION: '1.2',
      PKG_BUILD_STRING: 'h1_3',
      PKG_BUILDNUM: '3',
      PKG_BUILD_NUMBER: '3',
      mpi: 'openmpi',
      PY_VER: '3.12',
      CPU_COUNT: '2',
      SRC_DIR: 'unset',
      RECIPE_DIR: 'unset',
      BUILD_PREFIX: 'unset',
      PIP_NO_INDEX: 'unset',
      CFLAGS: 'unset',
      PKG_HASH: 'unset',
    });
    assert.ok(lines.length > 0);
  });

  it('runs programs of its environments and evaluates templates', async (context) => {
    const { root, lines, run } = await scene(context);
    for (const [prefix, tool] of [
      ['run', 'mine'],
      ['build', 'helper'],
    ] as const)
      await writeFile(join(root, prefix, 'bin', tool), `#!/bin/sh\necho ${tool} $1\n`, {
        mode: 0o755,
      });
    const places = {
      testDir: join(root, 'test'),
      scriptDir: join(root, 'scripts'),
      runPrefix: join(root, 'run'),
      buildPrefix: join(root, 'build'),
      recipeDir: join(root, 'recipe'),
    };
    await run(scriptTest(['mine ${{ PKG_NAME }}-${{ greeting }}', 'helper "$BUILD_PREFIX"']), {
      places,
    });
    assert.ok(lines.includes('mine foo-hello'));
    assert.ok(lines.includes('helper $BUILD_PREFIX'));
  });

  it('starts among its files', async (context) => {
    const { root, lines, run } = await scene(context);
    const file = join(root, 'test', testFilesDirectory('foo', 1), 'sub/data.txt');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'data\n');
    await run(scriptTest(['cat sub/data.txt'], {}, ['sub/']), { index: 1 });
    await run(scriptTest(['cat data.txt'], { cwd: 'sub' }, ['sub/']), { index: 1 });
    assert.equal(lines.filter((line) => line === 'data').length, 2);
  });

  it('runs a script file of the recipe, and does not evaluate it', async (context) => {
    const { root, lines, run } = await scene(context);
    await writeFile(join(root, 'recipe/check.sh'), "echo '${{ x }}' from file\n");
    await run(scriptTest([], { body: { kind: 'file', file: 'check.sh' } }));
    assert.ok(lines.includes('${{ x }} from file'));
  });

  it('gets secrets and shows none', async (context) => {
    const { root, lines, run } = await scene(context);
    await run(
      scriptTest(['echo "token $TOKEN"; echo "$TOKEN" > $PREFIX/token'], { secrets: ['TOKEN'] }),
    );
    assert.equal(await readFile(join(root, 'run/token'), 'utf8'), 'hunter2\n');
    assert.ok(lines.includes('token ********'));
    assert.ok(!lines.some((line) => line.includes('hunter2')));
  });

  it('without commands passes at once', async (context) => {
    const { run } = await scene(context);
    assert.equal(await run(scriptTest([])), 0);
  });
});

describe('a failing script test', () => {
  it('says which test of which package, with the end of its output', async (context) => {
    const { run, root } = await scene(context);
    const error = await failureOf(run(scriptTest(['echo before', 'false', 'echo after'])));
    assert.equal(error.code, 'TEST_FAILED');
    assert.match(error.message, /^test 1 of foo failed with exit status 1/);
    assert.match(error.message, /before/);
    assert.doesNotMatch(error.message, /\| after/);
    assert.equal(error.context['logPath'], join(root, 'log'));
  });

  it('is a failed test where its directory is missing or outside', async (context) => {
    const { run } = await scene(context);
    for (const cwd of ['nosuch', '../../..', '/etc']) {
      const error = await failureOf(run(scriptTest(['true'], { cwd })));
      assert.equal(error.code, 'TEST_FAILED', cwd);
      assert.match(error.message, /^test 1 of foo: /);
    }
  });

  it('is a failed test where its template or file is wrong', async (context) => {
    const { run } = await scene(context);
    const template = await failureOf(run(scriptTest(['${{ 1 + }}'])));
    assert.equal(template.code, 'TEST_FAILED');
    const file = await failureOf(run(scriptTest([], { body: { kind: 'file', file: 'no.sh' } })));
    assert.equal(file.code, 'TEST_FAILED');
    assert.match(file.message, /no\.sh/);
  });

  it('is no failed test where the interpreter is missing', async (context) => {
    const { run } = await scene(context);
    const error = await failureOf(run(scriptTest(['x'], { interpreter: 'nushell' })));
    assert.equal(error.code, 'SCRIPT_INTERPRETER_MISSING');
  });
});
