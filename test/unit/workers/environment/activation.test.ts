import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { activationScript } from '#workers/environment/activation.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

async function prefixWith(
  t: TestContext,
  name: string,
  files: Readonly<Record<string, unknown>>,
): Promise<string> {
  const prefix = join(await temporaryDirectory(t), name);
  await mkdir(prefix);
  for (const [path, value] of Object.entries(files)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    await mkdir(dirname(join(prefix, path)), { recursive: true });
    await writeFile(join(prefix, path), text);
  }
  return prefix;
}

/** What bash prints for `expression` after the script. */
function afterwards(
  script: string,
  expression: string,
  environment: Record<string, string> = {},
): string {
  return execFileSync(
    'bash',
    ['--norc', '--noprofile', '-c', `set -e\n${script}\nprintf '%s' "${expression}"`],
    {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', ...environment },
    },
  );
}

test('of two prefixes the last one is found first and is the current one', async (t) => {
  const host = await prefixWith(t, 'ho\'st "$x', {});
  const build = await prefixWith(t, 'build', {});
  const script = activationScript({ prefixes: [host, build], platform: 'linux-64' });
  assert.equal(
    afterwards(script, '$PATH|$CONDA_PREFIX|$CONDA_SHLVL|${CONDA_PREFIX_1-unset}'),
    `${build}/bin:${host}/bin:/usr/bin:/bin|${build}|1|unset`,
  );
});

test('scripts of packages are sourced in order, each with its own prefix', async (t) => {
  const append = 'SEEN="$SEEN $(basename "$CONDA_PREFIX")/NAME"; export SEEN\n';
  const scripts = (...names: string[]) =>
    Object.fromEntries(
      names.map((name) => [`etc/conda/activate.d/${name}`, append.replace('NAME', name)]),
    );
  const host = await prefixWith(t, 'host', scripts('b.sh', 'a.sh', 'c.fish'));
  const build = await prefixWith(t, 'build', scripts('z.sh'));
  const script = activationScript({ prefixes: [host, build], platform: 'linux-64' });
  assert.equal(afterwards(script, '$SEEN'), ' host/a.sh host/b.sh build/z.sh');
});

test('declared variables are set before scripts run; the environment wins over packages', async (t) => {
  const prefix = await prefixWith(t, 'env', {
    'etc/conda/env_vars.d/b.json': { SHARED: 'b', from_b: 5 },
    'etc/conda/env_vars.d/a.json': { SHARED: 'a', ODD: 'it\'s "$HOME" `x`\nline' },
    'conda-meta/state': { env_vars: { SHARED: 'state', GONE: '***unset***' }, version: 1 },
    'etc/conda/activate.d/x.sh': 'export SEEN="$SHARED"\n',
  });
  const script = activationScript({ prefixes: [prefix], platform: 'linux-64' });
  assert.equal(
    afterwards(script, '$SHARED|$SEEN|$FROM_B|${GONE-unset}|$ODD', { GONE: 'here' }),
    'state|state|5|unset|it\'s "$HOME" `x`\nline',
  );
});

test('a variable that is none is refused with the file that declares it', async (t) => {
  for (const declared of [{ 'X; rm -rf /': '1' }, { X: ['list'] }, ['X'], '{']) {
    const prefix = await prefixWith(t, 'env', { 'etc/conda/env_vars.d/evil.json': declared });
    assert.throws(
      () => activationScript({ prefixes: [prefix], platform: 'linux-64' }),
      (error) =>
        error instanceof StageyardError &&
        error.code === 'PACKAGE_INVALID' &&
        /evil\.json/.test(error.message),
    );
  }
});

test('on Windows commands are in several directories', () => {
  const script = activationScript({ prefixes: ['/p'], platform: 'win-64' });
  assert.match(
    script,
    /'\/p:\/p\/Library\/mingw-w64\/bin:\/p\/Library\/usr\/bin:\/p\/Library\/bin:\/p\/Scripts:\/p\/bin'/,
  );
});
