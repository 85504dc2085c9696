import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import { createHttpTransfer } from '#workers/environment/http-transfer.ts';
import { installEnvironment, type InstallRequest } from '#workers/environment/installer.ts';
import { createPackageCache } from '#workers/environment/package-cache.ts';
import { type PackageWish, writePackage } from '../../../support/conda-packages.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

const failsWith =
  (code: string, ...patterns: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof StageyardError, String(error));
    assert.equal(error.code, code, error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

async function site(t: TestContext, ...wishes: readonly PackageWish[]) {
  const directory = await temporaryDirectory(t);
  const records: RepodataRecord[] = [];
  for (const wish of wishes) records.push(await writePackage(join(directory, 'ch'), wish));
  const cache = createPackageCache({
    cacheDir: join(directory, 'cache'),
    transfer: createHttpTransfer(),
  });
  const notices: string[] = [];
  const prefix = join(directory, 'prefix');
  const at = (path: string): string => join(prefix, path);
  return {
    directory,
    records,
    prefix,
    notices,
    at,
    text: (path: string): Promise<string> => readFile(at(path), 'utf8'),
    json: async (path: string): Promise<unknown> => JSON.parse(await readFile(at(path), 'utf8')),
    install: (changes: Partial<InstallRequest> = {}) =>
      installEnvironment({
        records,
        prefix,
        cache,
        platform: 'linux-64',
        reporter: {
          report: (news) => {
            if (news.kind === 'notice') notices.push(news.text);
          },
        },
        ...changes,
      }),
  };
}

const placeholder = `/build${'_placehold'.repeat(20)}`;

test('plain files are hard links, those that may change are copies of their own', async (t) => {
  const { install, at, text, records } = await site(t, {
    name: 'demo',
    files: {
      'lib/plain': 'plain',
      'etc/kept': { content: 'kept', noLink: true },
      'bin/run': {
        content: `#!${placeholder}/bin/sh\n`,
        mode: 0o755,
        prefix: { placeholder, mode: 'text' },
      },
      'lib/link': { link: 'plain' },
      'lib/dangling': { link: '/nowhere/at/all' },
    },
  });
  const installed = await install();
  assert.equal(installed.fileCount, 5);
  const entry = installed.packages[0]?.directory ?? '';
  const inode = async (path: string): Promise<number> => (await stat(path)).ino;
  assert.equal(await inode(at('lib/plain')), await inode(join(entry, 'lib/plain')));
  assert.notEqual(await inode(at('etc/kept')), await inode(join(entry, 'etc/kept')));
  assert.notEqual(await inode(at('bin/run')), await inode(join(entry, 'bin/run')));
  assert.equal(await text('bin/run'), `#!${at('bin/sh')}\n`);
  assert.equal((await stat(at('bin/run'))).mode & 0o777, 0o755);
  assert.equal(await readlink(at('lib/link')), 'plain');
  assert.equal(await readlink(at('lib/dangling')), '/nowhere/at/all');
  assert.equal(await readFile(join(entry, 'bin/run'), 'utf8'), `#!${placeholder}/bin/sh\n`);
  assert.equal(records.length, 1);
});

test('the record in conda-meta says everything that conda tools read', async (t) => {
  const binary = `\x7fELF${placeholder}/lib\0tail`;
  const { install, json, text, prefix, records } = await site(t, {
    name: 'demo',
    depends: ['other >=1'],
    index: { license: 'MIT' },
    files: {
      'lib/b': { content: Buffer.from(binary, 'latin1'), prefix: { placeholder, mode: 'binary' } },
      'bin/a': 'plain',
      'lib/l': { link: 'b' },
    },
  });
  const { packages } = await install({ specs: ['demo 1.*', 'unrelated'] });
  const directory = packages[0]?.directory;
  const saved = placeholder.length - prefix.length;
  const inPrefix = binary.replace(`${placeholder}/lib`, `${prefix}/lib${'\0'.repeat(saved)}`);
  assert.equal(await text('lib/b'), inPrefix);
  const plainSum = sha256('plain');
  assert.deepEqual(await json('conda-meta/demo-1.0-0.json'), {
    ...records[0],
    extracted_package_dir: directory,
    files: ['bin/a', 'lib/b', 'lib/l'],
    link: { source: directory, type: 1 },
    paths_data: {
      paths: [
        {
          _path: 'bin/a',
          path_type: 'hardlink',
          sha256: plainSum,
          sha256_in_prefix: plainSum,
          size_in_bytes: 5,
        },
        {
          _path: 'lib/b',
          file_mode: 'binary',
          prefix_placeholder: placeholder,
          path_type: 'hardlink',
          sha256: sha256(Buffer.from(binary, 'latin1')),
          sha256_in_prefix: sha256(Buffer.from(inPrefix, 'latin1')),
          size_in_bytes: binary.length,
        },
        { _path: 'lib/l', path_type: 'softlink', sha256: sha256(''), size_in_bytes: 1 },
      ],
      paths_version: 1,
    },
    requested_spec: 'demo 1.*',
    requested_specs: ['demo 1.*'],
  });
  assert.equal(await text('conda-meta/history'), '');
});

test('an empty environment has a prefix with an empty history', async (t) => {
  const { install, at } = await site(t);
  const installed = await install();
  assert.deepEqual(installed.packages, []);
  assert.deepEqual(await readdir(at('conda-meta')), ['history']);
});

test('entry points and files of noarch Python packages are put where python looks', async (t) => {
  const { install, text, at } = await site(
    t,
    {
      name: 'python',
      version: '3.11.4',
      files: { 'bin/python3.11': { content: '#!/bin/sh\n', mode: 0o755 } },
    },
    {
      name: 'pure',
      subdir: 'noarch',
      depends: ['python'],
      files: {
        'site-packages/pure/__init__.py': '',
        'python-scripts/old': { content: 'x', mode: 0o755 },
      },
      index: { noarch: 'python' },
      info: {
        'link.json': { noarch: { type: 'python', entry_points: ['pure = pure.cli:App.main'] } },
      },
    },
  );
  await install();
  assert.equal(await text('lib/python3.11/site-packages/pure/__init__.py'), '');
  assert.equal(await text('bin/old'), 'x');
  const script = await text('bin/pure');
  assert.ok(script.startsWith(`#!${at('bin/python3.11')}\n`), script);
  assert.match(script, /^from pure\.cli import App$/m);
  assert.match(script, /^ {4}sys\.exit\(App\.main\(\)\)$/m);
  assert.equal((await stat(at('bin/pure'))).mode & 0o777, 0o755);
  const recordText = await text('conda-meta/pure-1.0-0.json');
  assert.ok(recordText.includes('"bin/pure"'));
});

test('a script with a prefix that is too long for #! still runs', async (t) => {
  const { install, directory } = await site(t, {
    name: 'demo',
    files: {
      'bin/echo-prefix': {
        content: `#!${placeholder}/bin/sh -e\necho ran ${placeholder}\n`,
        mode: 0o755,
        prefix: { placeholder, mode: 'text' },
      },
    },
  });
  const prefix = join(directory, 'p'.repeat(150));
  await install({ prefix });
  const output = execFileSync(join(prefix, 'bin/echo-prefix'), { encoding: 'utf8' });
  assert.equal(output, `ran ${prefix}\n`);
});

test('of two packages with one path the dependent wins, with a notice that names both', async (t) => {
  const base: PackageWish = { name: 'base', files: { 'share/x': 'base', 'share/same': 'same' } };
  const top: PackageWish = {
    name: 'a-top',
    depends: ['base'],
    files: { 'share/x': 'top', 'share/same': 'same' },
  };
  for (const wishes of [
    [base, top],
    [top, base],
  ]) {
    const { install, text, json, notices } = await site(t, ...wishes);
    await install();
    assert.equal(await text('share/x'), 'top');
    assert.deepEqual(notices, [
      "a-top-1.0-0.conda and base-1.0-0.conda both bring share/x with different content; the first one's is kept",
    ]);
    const record = await json('conda-meta/base-1.0-0.json');
    assert.ok(typeof record === 'object' && record !== null && 'files' in record);
    assert.deepEqual(record.files, []);
  }
});

test('files that are there already are kept when they are the same, replaced and named when not', async (t) => {
  const { install, prefix, text, notices, at } = await site(t, {
    name: 'demo',
    files: {
      'lib/same': 'same',
      'lib/other': 'package',
      'lib/link': { link: 'same' },
      'bin/s': { content: `#!${placeholder}/x`, prefix: { placeholder, mode: 'text' } },
    },
  });
  await mkdir(join(prefix, 'lib'), { recursive: true });
  await mkdir(join(prefix, 'bin'));
  await writeFile(at('lib/same'), 'same');
  await writeFile(at('lib/other'), 'staged');
  await symlink('same', at('lib/link'));
  await writeFile(at('bin/s'), `#!${prefix}/x`);
  const { ino } = await stat(at('lib/same'));
  const installed = await install({ ownerOfExistingFiles: 'staging output demo-build' });
  assert.deepEqual(installed.replacedFiles, ['lib/other']);
  assert.equal(await text('lib/other'), 'package');
  assert.equal((await stat(at('lib/same'))).ino, ino);
  assert.deepEqual(notices, [
    "demo-1.0-0.conda and staging output demo-build both bring lib/other with different content; the package's is kept",
  ]);
});

test('link scripts are not run, and a notice says so', async (t) => {
  const { install, notices, at } = await site(t, {
    name: 'demo',
    files: { 'bin/.demo-post-link.sh': { content: 'touch "$PREFIX/ran"\n', mode: 0o755 } },
  });
  await install();
  assert.deepEqual(notices, ['demo-1.0-0.conda brings bin/.demo-post-link.sh, which is not run']);
  await assert.rejects(lstat(at('ran')));
});

test('a package cannot write outside of the prefix through a link of another one', async (t) => {
  const { install, directory } = await site(
    t,
    { name: 'a-bad', files: { 'lib/out': { link: '../../outside' } } },
    { name: 'b-bad', depends: ['a-bad'], files: { 'lib/out/file': 'escaped' } },
  );
  await mkdir(join(directory, 'outside'));
  await assert.rejects(
    install(),
    failsWith('PACKAGE_INVALID', /lib\/out\/file of b-bad/, /outside of the prefix/),
  );
  assert.deepEqual(await readdir(join(directory, 'outside')), []);
});

test('a link to a directory of the prefix may be written through', async (t) => {
  const { install, text } = await site(
    t,
    { name: 'a', files: { 'lib/x': 'x', lib64: { link: 'lib' } } },
    { name: 'b', depends: ['a'], files: { 'lib64/y': 'y' } },
  );
  await install();
  assert.equal(await text('lib/y'), 'y');
});

test('what cannot be installed fails with the path and the package', async (t) => {
  const long: PackageWish = {
    name: 'demo',
    files: { 'lib/b': { content: '/short\0', prefix: { placeholder: '/short', mode: 'binary' } } },
  };
  const tooLong = await site(t, long);
  await assert.rejects(
    tooLong.install(),
    failsWith('PACKAGE_INVALID', /lib\/b of demo-1\.0-0\.conda/, /leaves room for 6/),
  );
  const inTheWay = await site(t, { name: 'demo', files: { lib: 'a file' } });
  await mkdir(join(inTheWay.prefix, 'lib'), { recursive: true });
  await assert.rejects(inTheWay.install(), failsWith('PACKAGE_INVALID', /is a directory/));
  const noPython = await site(t, {
    name: 'pure',
    info: { 'link.json': { noarch: { type: 'python' } } },
  });
  await assert.rejects(noPython.install(), failsWith('ENV_UNSOLVABLE', /has no python/));
});

test('a prefix that holds an environment is not installed into again', async (t) => {
  const { install } = await site(t, { name: 'demo', files: { x: 'x' } });
  await install();
  await assert.rejects(install(), failsWith('ENV_INSTALL_FAILED', /holds an environment already/));
});

test('a cancelled installation writes nothing', async (t) => {
  const { install, prefix } = await site(t, { name: 'demo', files: { x: 'x' } });
  await assert.rejects(install({ signal: AbortSignal.abort() }), failsWith('CANCELLED'));
  await assert.rejects(lstat(prefix));
});
