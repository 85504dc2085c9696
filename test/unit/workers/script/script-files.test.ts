import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Script } from '#proto/recipe/recipe.ts';
import { runScript } from '#workers/script/run-script.ts';
import { type ScriptFilesOptions, writeScriptFiles } from '#workers/script/script-files.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';

describe('the generated script', () => {
  let top = '';
  let lines: string[] = [];
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'script-files-'));
    for (const name of ['work', 'host/share', 'build/bin', 'recipe'])
      await mkdir(join(top, name), { recursive: true });
    lines = [];
  });
  afterEach(async () => {
    await rm(top, { recursive: true, force: true });
  });

  const write = (
    script: Partial<Script>,
    more: Partial<ScriptFilesOptions> = {},
  ): readonly string[] | null =>
    writeScriptFiles({
      script: { env: {}, secrets: [], body: { kind: 'none' }, ...script },
      outputName: 'libfoo',
      workDir: join(top, 'work'),
      hostPrefix: join(top, 'host'),
      buildPrefix: join(top, 'build'),
      scriptDir: join(top, 'recipe'),
      variables: { PREFIX: join(top, 'host'), QUOTED: `it's "$HOME" \n done` },
      activation: 'export ACTIVE=yes',
      context: { version: '1.2', name: 'shadowed', PREFIX: 'never' },
      variant: { python: '3.12.* *_cpython', version: 'hidden' },
      platforms: { target: 'linux-64', host: 'linux-64', build: 'linux-64' },
      path: PATH,
      ...more,
    });
  /** Runs it and answers its output without the trace. */
  const run = async (
    script: Partial<Script>,
    more: Partial<ScriptFilesOptions> = {},
  ): Promise<readonly string[]> => {
    const command = write(script, more);
    assert.ok(command);
    await runScript({
      command,
      cwd: join(top, 'work'),
      env: { PATH },
      logPath: join(top, 'log'),
      labels: [],
      secrets: [],
      onLine: (line) => lines.push(line),
      timeoutMs: 0,
      silentTimeoutMs: 0,
      what: 'it',
    });
    return lines.filter((line) => !line.startsWith('+'));
  };
  const inline = (content: string): Partial<Script> => ({ body: { kind: 'inline', content } });

  it('sees variables exactly as they are, and the activation after them', async () => {
    const shown = await run(inline('printf "%s|%s|%s\\n" "$QUOTED" "$ACTIVE" "$CONDA_BUILD"'));
    assert.equal(shown.slice(-2).join('\n'), `it's "$HOME" \n done|yes|1`);
  });

  it('has templates rendered from variables first, then the context, else nothing', async () => {
    const shown = await run(inline('echo ${{ PREFIX }} ${{ version }} [${{ nosuch }}]'));
    assert.deepEqual(shown, [`${join(top, 'host')} 1.2 []`]);
  });

  it('has templates that know the variant and the names of the platforms', async () => {
    const shown = await run(
      inline(
        'echo "${{ version }} ${{ python }} ${{ "u" if unix }}${{ "w" if win }} ${{ build_platform }}"',
      ),
    );
    assert.deepEqual(shown, ['1.2 3.12.* *_cpython u linux-64']);
  });

  it('may ask the shell for the length of a variable', async () => {
    assert.deepEqual(await run(inline('X=abc; echo ${#X} ${#X}')), ['3 3']);
  });

  it('stops at the first command that fails', async () => {
    const commands = {
      body: { kind: 'commands' as const, commands: ['echo one', 'false', 'echo two'] },
    };
    await assert.rejects(run(commands), { code: 'SCRIPT_FAILED' });
    assert.ok(lines.includes('one'));
    assert.ok(!lines.includes('two'));
  });

  it('takes a file as it stands, templates included', async () => {
    await writeFile(join(top, 'recipe', 'build.sh'), "echo '${{ version }}' # last");
    assert.deepEqual(await run({ body: { kind: 'file', file: 'build.sh' } }), ['${{ version }}']);
  });

  it('gives the script its own variables and directory', async () => {
    const script = {
      ...inline('echo "$A $PREFIX"; pwd'),
      env: { A: '${{ PREFIX }}/a b', PREFIX: 'mine' },
      cwd: 'share',
    };
    assert.deepEqual(await run(script), [`${join(top, 'host')}/a b mine`, join(top, 'host/share')]);
  });

  it('runs another interpreter, the build environment first', async () => {
    await writeFile(join(top, 'build/bin/perl'), '#!/bin/sh\necho "own perl: $(cat "$1")"\n');
    await chmod(join(top, 'build/bin/perl'), 0o755);
    assert.deepEqual(await run({ ...inline('print 1;'), interpreter: 'perl' }), [
      'own perl: print 1;',
    ]);
    assert.equal(await readFile(join(top, 'work/conda_build_script.pl'), 'utf8'), 'print 1;');
  });

  it('chooses the interpreter by the extension of a file', async () => {
    await writeFile(join(top, 'recipe', 'build.rb'), '1');
    assert.throws(() => write({ body: { kind: 'file', file: 'build.rb' } }, { path: top }), {
      code: 'SCRIPT_INTERPRETER_MISSING',
      message: /`ruby` .* requirements\.build/,
    });
  });

  it('is not made where there is nothing to run, but the environment is', async () => {
    assert.equal(write({}), null);
    assert.match(await readFile(join(top, 'work/build_env.sh'), 'utf8'), /^export PREFIX=/);
  });

  const mistakes: readonly (readonly [string, Partial<Script>, RegExp])[] = [
    [
      'an unknown interpreter',
      { ...inline('x'), interpreter: 'pyhton' },
      /"pyhton" is not known.*python/,
    ],
    ['a script for cmd.exe', { body: { kind: 'file', file: 'build.bat' } }, /only Windows/],
    ['a missing directory', { ...inline('x'), cwd: 'no/such' }, /script\.cwd, \$PREFIX\/no\/such/],
    ['a missing file', { body: { kind: 'file', file: 'no.sh' } }, /no\.sh does not exist/],
    [
      'a file outside the recipe directory',
      { body: { kind: 'file', file: '../outside/x' } },
      /does not exist/,
    ],
    ['a broken template', inline('echo a\necho ${{ 1 + }}'), /line 2[\s\S]*echo \$\{\{ 1 \+ \}\}/],
  ];
  for (const [what, script, message] of mistakes) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => write(script), { name: 'StageyardError', message });
    });
  }
});
