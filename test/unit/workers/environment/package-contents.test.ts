import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { readPackageContents, readRunExports } from '#workers/environment/package-contents.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

async function unpacked(t: TestContext, info: Readonly<Record<string, unknown>>): Promise<string> {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'info'));
  for (const [name, value] of Object.entries(info)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    await writeFile(join(directory, 'info', name), text);
  }
  return directory;
}

const pathsJson = (entry: unknown) => ({ 'paths.json': { paths: [entry], paths_version: 1 } });

test('paths.json says how each path is installed', async (t) => {
  const sha256 = 'a'.repeat(64);
  const directory = await unpacked(t, {
    'paths.json': {
      paths: [
        { _path: 'bin/x', path_type: 'hardlink', sha256, size_in_bytes: 3 },
        { _path: 'etc/y', prefix_placeholder: '/p', file_mode: 'binary', no_link: true },
        { _path: 'lib/z', path_type: 'softlink' },
        { _path: 'empty', path_type: 'directory' },
      ],
    },
  });
  assert.deepEqual(readPackageContents(directory), {
    paths: [
      { path: 'bin/x', kind: 'file', sha256, sizeBytes: 3, noLink: false },
      {
        path: 'etc/y',
        kind: 'file',
        prefix: { placeholder: '/p', mode: 'binary' },
        noLink: true,
      },
      { path: 'lib/z', kind: 'symlink', noLink: false },
      { path: 'empty', kind: 'directory', noLink: false },
    ],
    isNoarchPython: false,
    entryPoints: [],
  });
});

test('packages from before paths.json are read from files, has_prefix and no_link', async (t) => {
  const directory = await unpacked(t, {
    files: 'bin/a\nbin/b c\netc/d\r\netc/e\n\n',
    has_prefix: '/opt/build binary bin/a\n"/with space" text "bin/b c"\netc/d\n',
    no_link: 'etc/e\n',
  });
  const { paths } = readPackageContents(directory);
  assert.deepEqual(
    paths.map(({ path, prefix, noLink }) => [path, prefix?.placeholder, prefix?.mode, noLink]),
    [
      ['bin/a', '/opt/build', 'binary', false],
      ['bin/b c', '/with space', 'text', false],
      ['etc/d', '/opt/anaconda1anaconda2anaconda3', 'text', false],
      ['etc/e', undefined, undefined, true],
    ],
  );
});

test('paths that leave the prefix or pose as records are refused by name', async (t) => {
  for (const path of [
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    './a',
    '',
    'a/',
    'nul\0byte',
    'conda-meta/forged-1-0.json',
    'conda-meta/history',
    'x'.repeat(5000),
  ]) {
    const modern = await unpacked(t, pathsJson({ _path: path }));
    const refuse = (error: unknown): boolean =>
      error instanceof StageyardError && error.code === 'PACKAGE_INVALID';
    assert.throws(() => readPackageContents(modern), refuse, JSON.stringify(path));
    if (path === '' || path.includes('\0')) continue;
    const legacy = await unpacked(t, { files: `${path}\n` });
    assert.throws(() => readPackageContents(legacy), refuse, JSON.stringify(path));
  }
});

test('wrong forms are refused with the directory and what is wrong', async (t) => {
  const table: [Record<string, unknown>, RegExp][] = [
    [{}, /neither info\/paths\.json nor info\/files/],
    [{ 'paths.json': '{' }, /paths\.json is not JSON/],
    [{ 'paths.json': [] }, /no list of paths/],
    [{ 'paths.json': { paths: [], paths_version: 2 } }, /version 2/],
    [pathsJson('bin/x'), /without _path/],
    [pathsJson({ _path: 'x', path_type: 'device' }), /unknown path_type "device"/],
    [pathsJson({ _path: 'x', prefix_placeholder: 5 }), /wrong prefix_placeholder/],
    [pathsJson({ _path: 'x', prefix_placeholder: '/p', file_mode: 'x' }), /file_mode/],
    [
      { files: '', 'link.json': { noarch: { type: 'python', entry_points: ['x = os; rm'] } } },
      /"x = os; rm" is not an entry point/,
    ],
    [
      { files: '', 'link.json': { noarch: { type: 'python', entry_points: ['../x = a:b'] } } },
      /is not an entry point/,
    ],
  ];
  for (const [info, pattern] of table) {
    const directory = await unpacked(t, info);
    assert.throws(
      () => readPackageContents(directory),
      (error) =>
        error instanceof StageyardError &&
        error.code === 'PACKAGE_INVALID' &&
        pattern.test(error.message) &&
        error.message.includes(directory),
      String(pattern),
    );
  }
});

test('entry points of noarch Python packages are read', async (t) => {
  const noarch = { type: 'python', entry_points: ['run = pkg.cli:main', 'x=a:B.c'] };
  const directory = await unpacked(t, { files: '', 'link.json': { noarch } });
  const { isNoarchPython, entryPoints } = readPackageContents(directory);
  assert.equal(isNoarchPython, true);
  assert.deepEqual(entryPoints, [
    { command: 'run', module: 'pkg.cli', attribute: 'main' },
    { command: 'x', module: 'a', attribute: 'B.c' },
  ]);
});

test('run exports are read in every form they were ever written in', async (t) => {
  const table: [Record<string, unknown>, object][] = [
    [{}, {}],
    [
      { 'run_exports.json': { weak: ['a'], strong: [], noarch: 'n', other: 5 } },
      { weak: ['a'], noarch: ['n'] },
    ],
    [{ 'run_exports.json': ['a', 'b'] }, { weak: ['a', 'b'] }],
    [{ 'run_exports.json': { strong_constrains: ['x <1'] } }, { strong_constrains: ['x <1'] }],
  ];
  for (const [info, expected] of table) {
    assert.deepEqual(readRunExports(await unpacked(t, info)), expected);
  }
  const wrong = await unpacked(t, { 'run_exports.json': { weak: [5] } });
  assert.throws(() => readRunExports(wrong), /something else than texts/);
});
