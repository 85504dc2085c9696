import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import { createHttpTransfer } from '#workers/environment/http-transfer.ts';
import { createPackageCache } from '#workers/environment/package-cache.ts';
import { type PackageWish, writePackage } from '../../../support/conda-packages.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { startServer } from '../../../support/http-server.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const transfer = createHttpTransfer({ retryDelayMs: 1 });
const plain: PackageWish = {
  name: 'demo',
  files: {
    'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
    'lib/x': 'library',
    'lib/y': { link: 'x' },
  },
};

async function place(t: TestContext, wish: PackageWish = plain) {
  const directory = await temporaryDirectory(t);
  const record = await writePackage(join(directory, 'ch'), wish);
  const cacheDir = join(directory, 'cache');
  const blobs = new FakeBlobStore();
  const newCache = () => createPackageCache({ cacheDir, transfer, blobs });
  return { directory, record, cacheDir, newCache, blobs };
}

const failsWith =
  (code: string, ...patterns: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof StageyardError, String(error));
    assert.equal(error.code, code, error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

const pkgsIn = async (cacheDir: string): Promise<string[]> =>
  (await readdir(join(cacheDir, 'pkgs'))).toSorted();

test('both kinds of packages are unpacked below a name that holds their sum', async (t) => {
  for (const format of ['conda', 'tar-bz2'] as const) {
    const { record, cacheDir, newCache } = await place(t, { ...plain, format });
    const { directory } = await newCache().obtain(record);
    assert.equal(directory, join(cacheDir, 'pkgs', `demo-1.0-0-${record.sha256?.slice(0, 32)}`));
    assert.equal(await readFile(join(directory, 'lib/y'), 'utf8'), 'library');
    assert.equal((await stat(join(directory, 'bin/run'))).mode & 0o777, 0o755);
    assert.deepEqual(await readdir(join(cacheDir, 'pkgs/.incoming')), []);
  }
});

test('an entry is made once and found by other caches', async (t) => {
  const { record, newCache } = await place(t);
  const { directory: entry } = await newCache().obtain(record);
  const { ino } = await stat(join(entry, 'lib/x'));
  await writeFile(fileURLToPath(record.url), 'the archive is gone');
  assert.equal((await newCache().obtain(record)).directory, entry);
  assert.equal((await stat(join(entry, 'lib/x'))).ino, ino);
});

test('a package is not taken for another whose sum begins like its own', async (t) => {
  const { record, newCache } = await place(t);
  const cache = newCache();
  const { sha256 = '', ...rest } = record;
  const { directory } = await cache.obtain(record);
  const posing: RepodataRecord[] = [
    { ...rest, md5: sha256.slice(0, 32) },
    { ...rest, sha256: `${sha256.slice(0, 12)}${'0'.repeat(52)}` },
  ];
  for (const other of posing) {
    await assert.rejects(cache.obtain(other), failsWith('PACKAGE_INVALID', /its channel says/));
  }
  const { md5: _md5, ...unnamed } = rest;
  assert.notEqual((await cache.obtain(unnamed)).directory, directory);
});

test('an entry that somebody edited is made again', async (t) => {
  const damages: ((entry: string) => Promise<unknown>)[] = [
    (entry) => writeFile(join(entry, 'lib/x'), 'changed'),
    (entry) => chmod(join(entry, 'bin/run'), 0o600),
    (entry) => writeFile(join(entry, 'lib/new'), ''),
    (entry) => writeFile(join(entry, 'info/.stageyard.json'), '{'),
  ];
  for (const damage of damages) {
    const { record, newCache, cacheDir } = await place(t);
    const { directory: entry } = await newCache().obtain(record);
    await damage(entry);
    await newCache().obtain(record);
    assert.equal(await readFile(join(entry, 'lib/x'), 'utf8'), 'library');
    assert.equal((await stat(join(entry, 'bin/run'))).mode & 0o777, 0o755);
    assert.deepEqual((await readdir(join(entry, 'lib'))).toSorted(), ['x', 'y']);
    assert.equal((await pkgsIn(cacheDir)).length, 2);
  }
});

test('packages of this run come from the blob store', async (t) => {
  const { record, newCache, blobs } = await place(t);
  const blob = await blobs.putFile(fileURLToPath(record.url));
  const own: RepodataRecord = { ...record, url: `blob:${blob.digest}` };
  const { directory } = await newCache().obtain(own, { blob });
  assert.equal(await readFile(join(directory, 'lib/x'), 'utf8'), 'library');
  await assert.rejects(
    newCache().obtain({ ...own, sha256: 'b'.repeat(64) }),
    failsWith('PACKAGE_INVALID', /demo-1\.0-0\.conda is not part of this run/),
  );
});

test('a package with another sum, or that is gone, is refused by name', async (t) => {
  const { record, newCache, cacheDir } = await place(t);
  await assert.rejects(
    newCache().obtain({ ...record, sha256: 'b'.repeat(64) }),
    failsWith('PACKAGE_INVALID', /demo-1\.0-0\.conda/, /bbbb/, new RegExp(String(record.sha256))),
  );
  await assert.rejects(
    newCache().obtain({ ...record, url: `${record.url}.gone` }),
    failsWith('CHANNEL_INVALID', /demo-1\.0-0\.conda/),
  );
  await assert.rejects(
    newCache().obtain({ ...record, fn: '../../x-1-0.conda' }),
    failsWith('PACKAGE_INVALID', /is not a package file name/),
  );
  assert.deepEqual(await pkgsIn(cacheDir), ['.incoming']);
});

test('downloads are verified, tried again and reported', async (t) => {
  const { record, newCache, directory } = await place(t);
  const archive = await readFile(fileURLToPath(record.url));
  let count = 0;
  const server = await startServer(t, (request, response) => {
    count += 1;
    if (request.url?.includes('gone') === true) response.writeHead(404).end();
    else if (count === 1) response.end(archive.subarray(0, 100));
    else response.end(archive);
  });
  const remote = { ...record, url: `${server.url}/linux-64/${record.fn}` };
  const { directory: entry } = await newCache().obtain(remote);
  assert.equal(await readFile(join(entry, 'lib/x'), 'utf8'), 'library');
  assert.equal(count, 2);
  const other = createPackageCache({ cacheDir: join(directory, 'other'), transfer });
  await assert.rejects(
    other.obtain({ ...remote, url: `${server.url}/gone/${record.fn}` }),
    failsWith('CHANNEL_INVALID', /lists demo-1\.0-0\.conda but does not have it/),
  );
  await assert.rejects(
    other.obtain({ ...remote, size: 50 }),
    failsWith('CHANNEL_INVALID', /larger than the 50 bytes/),
  );
});

test('packages that contradict themselves are refused and leave nothing', async (t) => {
  const entry = (_path: string, changes: object = {}) => [
    { _path, path_type: 'hardlink', ...changes },
  ];
  const table: [PackageWish, RegExp][] = [
    [{ name: 'demo', paths: entry('lib/nosuch') }, /lists lib\/nosuch but does not contain it/],
    [
      { name: 'demo', files: { x: 'abc' }, paths: entry('x', { size_in_bytes: 4 }) },
      /x has 3 bytes, its list says 4/,
    ],
    [
      { name: 'demo', files: { etc: { link: '/etc' } }, paths: entry('etc/passwd') },
      /lists etc\/passwd but does not contain it/,
    ],
    [{ name: 'demo', paths: entry('../../escape') }, /is not allowed in a package/],
    [{ name: 'demo', paths: null }, /neither info\/paths\.json nor info\/files/],
  ];
  for (const [wish, pattern] of table) {
    const { record, newCache, cacheDir } = await place(t, wish);
    await assert.rejects(
      newCache().obtain(record),
      failsWith('PACKAGE_INVALID', pattern, /demo-1\.0-0/),
    );
    assert.deepEqual(await pkgsIn(cacheDir), ['.incoming']);
    assert.deepEqual(await readdir(join(cacheDir, 'pkgs/.incoming')), []);
  }
});

test('a truncated archive is refused', async (t) => {
  const { record, newCache } = await place(t);
  const path = fileURLToPath(record.url);
  await writeFile(path, (await readFile(path)).subarray(0, -30));
  const { sha256: _sha256, md5: _md5, ...unsummed } = record;
  await assert.rejects(newCache().obtain(unsummed), failsWith('PACKAGE_INVALID', /demo-1\.0-0/));
});

test('several processes that want one package at once all get it, whole', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [`share/f${index}`, `content ${index}`]),
  );
  const { record, cacheDir } = await place(t, { name: 'demo', files });
  const script = join(import.meta.dirname, '../../../support/obtain-package.ts');
  const run = () =>
    promisify(execFile)(process.execPath, [script, cacheDir, JSON.stringify(record)], {
      timeout: 60_000,
    });
  const answers = await Promise.all([run(), run(), run()]);
  const entry = join(cacheDir, 'pkgs', `demo-1.0-0-${record.sha256?.slice(0, 32)}`);
  for (const { stdout } of answers) assert.equal(stdout, `${entry} 400\n`);
  assert.deepEqual(await readdir(join(cacheDir, 'pkgs/.incoming')), []);
});

test('a lock that a dead process left behind is taken over', async (t) => {
  const { record, newCache, cacheDir } = await place(t);
  await newCache().obtain(record);
  const [, entry = ''] = await pkgsIn(cacheDir);
  await appendFile(join(cacheDir, 'pkgs', entry, 'lib/x'), 'damage');
  // Process numbers end below this on every system.
  await writeFile(join(cacheDir, 'pkgs/.incoming', `${entry}.lock`), '99999999');
  const { directory } = await newCache().obtain(record);
  assert.equal(await readFile(join(directory, 'lib/x'), 'utf8'), 'library');
});
