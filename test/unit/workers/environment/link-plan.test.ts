import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { orderByDependencies, planLinks } from '#workers/environment/link-plan.ts';
import type { PackageContents, PackagePath } from '#workers/environment/package-contents.ts';
import { noarchTarget, pythonLayoutOf } from '#workers/environment/python-layout.ts';
import { record } from '../../../support/conda-packages.ts';

const file = (path: string, sha256 = 'a'.repeat(64)): PackagePath => ({
  path,
  kind: 'file',
  sha256,
  noLink: false,
});
const contents = (
  paths: readonly PackagePath[],
  changes: Partial<PackageContents> = {},
): PackageContents => ({ paths, isNoarchPython: false, entryPoints: [], ...changes });
const item = (name: string, depends: readonly string[], paths: readonly PackagePath[] = []) => ({
  record: record(name, '1.0', { depends }),
  directory: `/pkgs/${name}`,
  contents: contents(paths),
});
const names = (items: readonly { record: { name: string } }[]): string[] =>
  items.map(({ record: { name } }) => name);

test('packages come after what they depend on, whatever order they are given in', () => {
  const items = [
    item('app', ['lib >=1', 'x::zlib']),
    item('zlib', []),
    item('lib', ['zlib', 'gone']),
  ];
  for (const order of [items, items.toReversed()]) {
    assert.deepEqual(names(orderByDependencies(order)), ['zlib', 'lib', 'app']);
  }
});

test('cycles and long chains end', () => {
  const cycle = [item('a', ['b']), item('b', ['c']), item('c', ['a']), item('self', ['self'])];
  assert.deepEqual(names(orderByDependencies(cycle)), ['c', 'b', 'a', 'self']);
  const chain = Array.from({ length: 50_000 }, (_, index) =>
    item(`p${index}`, index === 0 ? [] : [`p${index - 1}`]),
  );
  assert.equal(names(orderByDependencies(chain.toReversed())).at(-1), 'p49999');
});

test('a path of several packages belongs to the last one, with a notice unless they agree', () => {
  const plan = planLinks(
    [
      item('b', ['a'], [file('share/same'), file('share/other', 'b'.repeat(64))]),
      item('a', [], [file('share/same'), file('share/other')]),
    ],
    null,
  );
  assert.deepEqual(
    plan.packages.map(({ record: { name }, steps }) => [name, steps.map(({ target }) => target)]),
    [
      ['a', []],
      ['b', ['share/same', 'share/other']],
    ],
  );
  assert.deepEqual(plan.clobbers, [
    { target: 'share/other', winner: 'b-1.0-0.conda', loser: 'a-1.0-0.conda' },
  ]);
});

test('a path below a file is refused naming both packages', () => {
  assert.throws(
    () => planLinks([item('a', [], [file('lib')]), item('b', ['a'], [file('lib/x/y')])], null),
    (error) =>
      error instanceof StageyardError &&
      error.code === 'PACKAGE_INVALID' &&
      /b-1\.0-0\.conda puts lib\/x\/y below lib, which a-1\.0-0\.conda/.test(error.message),
  );
});

test('noarch Python packages are laid out for the Python of the environment', () => {
  const pure = {
    ...item('pure', ['python'], []),
    contents: contents(
      [file('site-packages/pure/x.py'), file('python-scripts/run'), file('etc/x')],
      {
        isNoarchPython: true,
        entryPoints: [{ command: 'pure', module: 'pure.cli', attribute: 'main' }],
      },
    ),
  };
  const targets = (platform: string, python: Partial<Parameters<typeof record>[2]> = {}) => {
    const records = [record('python', '3.11.5', python)];
    const plan = planLinks([pure], pythonLayoutOf(records, platform));
    return plan.packages.flatMap(({ steps }) => steps.map(({ target }) => target));
  };
  assert.deepEqual(targets('linux-64'), [
    'lib/python3.11/site-packages/pure/x.py',
    'bin/run',
    'etc/x',
    'bin/pure',
  ]);
  assert.deepEqual(targets('win-64'), [
    'Lib/site-packages/pure/x.py',
    'Scripts/run',
    'etc/x',
    'Scripts/pure-script.py',
  ]);
  const freeThreaded = { python_site_packages_path: 'lib/python3.13t/site-packages' };
  assert.equal(targets('linux-64', freeThreaded)[0], 'lib/python3.13t/site-packages/pure/x.py');
  assert.throws(() => planLinks([pure], null), /pure-1\.0-0\.conda.*has no python/);
  assert.throws(
    () => targets('linux-64', { python_site_packages_path: '../../etc' }),
    /leaves the prefix/,
  );
});

test('only whole directory names of noarch packages are moved', () => {
  const layout = pythonLayoutOf([record('python', '3.9.1')], 'linux-64');
  assert.ok(layout);
  assert.equal(noarchTarget('site-packages-extra/x', layout), 'site-packages-extra/x');
});
