import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import {
  type ChannelAccess,
  type ChannelArtifact,
  moveToBroken,
  prepareChannel,
  publishToChannel,
} from '#coordinator/channel/publish.ts';
import { packageIndexReader } from '#deploy/package-index-reader.ts';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { digestOfBytes, digestOfFile } from '#proto/adapters/hashing.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';
import {
  type PackageWish,
  recordOf,
  storedPackage,
  writePackage,
} from '../../../support/small-packages.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const PUBLISHERS = 4;
const PACKAGES_EACH = 5;
const KILL_ROUNDS = 8;
const aName = 'a-1.0-h0123456_0.conda';

interface Yard {
  readonly channel: ChannelAccess;
  readonly dir: string;
  readonly logger: SilentLogger;
  readonly make: (wish: PackageWish) => Promise<ChannelArtifact>;
}

async function inYard(body: (yard: Yard) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    const logger = new SilentLogger();
    const dir = join(directory, 'output');
    const channel = {
      channelDir: dir,
      store,
      clock: systemClock,
      reader: packageIndexReader,
      logger,
    };
    const scratch = join(directory, 'scratch');
    await body({
      channel,
      dir,
      logger,
      make: (wish) => storedPackage(store, { scratch, ...wish }),
    });
  });
}

async function indexOf(
  dir: string,
  subdir = 'linux-64',
): Promise<Record<string, Record<string, unknown>>> {
  const index = JSON.parse(await readFile(join(dir, subdir, 'repodata.json'), 'utf8'));
  return { ...index.packages, ...index['packages.conda'] };
}

/** Every entry's file is there with its sums; nothing is half-written. */
async function assertSound(dir: string): Promise<void> {
  for (const subdir of ['noarch', 'linux-64']) {
    for (const [fn, entry] of Object.entries(await indexOf(dir, subdir))) {
      const found = await digestOfFile(join(dir, subdir, fn));
      assert.equal(found.digest, entry['sha256']);
      assert.equal(found.sizeBytes, entry['size']);
    }
  }
}

test('a published package is in its subdir and in the index; noarch is there too', () =>
  inYard(async ({ channel, dir, make }) => {
    const artifacts = [await make({ name: 'a' }), await make({ name: 'b', subdir: 'noarch' })];
    assert.deepEqual(await publishToChannel(channel, artifacts), [null, null]);
    await assertSound(dir);
    const {
      url: _url,
      fn: _fn,
      channel: _channel,
      ...record
    } = artifacts[0]?.record ?? assert.fail();
    const { indexed_timestamp: indexed, ...entry } = (await indexOf(dir))[aName] ?? {};
    assert.deepEqual(entry, record);
    assert.ok(Math.abs(Number(indexed) - Date.now()) < 60_000);
    assert.deepEqual(Object.keys(await indexOf(dir, 'noarch')), ['b-1.0-h0123456_0.conda']);
    assert.equal(await readFile(join(dir, '.condapackageignore'), 'utf8'), '*\n');
    const names = (await readdir(dir)).toSorted();
    assert.deepEqual(names, ['.condapackageignore', '.stageyard-lock', 'linux-64', 'noarch']);
  }));

test('publishing again changes nothing, not even the time of publication', () =>
  inYard(async ({ channel, dir, make }) => {
    const artifact = await make({ name: 'a' });
    await publishToChannel(channel, [artifact]);
    const before = await readFile(join(dir, 'linux-64', 'repodata.json'), 'utf8');
    const { mtimeMs } = await stat(join(dir, 'linux-64', 'repodata.json'));
    assert.deepEqual(await publishToChannel(channel, [artifact]), [null]);
    assert.equal(await readFile(join(dir, 'linux-64', 'repodata.json'), 'utf8'), before);
    assert.equal((await stat(join(dir, 'linux-64', 'repodata.json'))).mtimeMs, mtimeMs);
  }));

test('another package of the same name is replaced where that is asked for', () =>
  inYard(async ({ channel, dir, make }) => {
    await publishToChannel(channel, [await make({ name: 'a', content: 'one' })]);
    const second = await make({ name: 'a', content: 'two' });
    assert.deepEqual(await publishToChannel({ ...channel, replacesExisting: true }, [second]), [
      null,
    ]);
    const { digest } = await digestOfFile(join(dir, 'linux-64', aName));
    assert.equal(digest, second.blob.digest);
    assert.match(
      await readFile(join(dir, 'linux-64', 'repodata.json'), 'utf8'),
      new RegExp(digest),
    );
  }));

test('another package of the same name is refused, the others of the call are published', () =>
  inYard(async ({ channel, dir, make }) => {
    const first = await make({ name: 'a', content: 'one' });
    await publishToChannel(channel, [first]);
    const answers = await publishToChannel(channel, [
      await make({ name: 'a', content: 'two' }),
      await make({ name: 'b' }),
    ]);
    assert.equal(answers[0]?.code, 'OUTPUT_EXISTS');
    assert.match(
      answers[0]?.message ?? '',
      /linux-64\/a-1\.0-h0123456_0\.conda exists.*raise build\.number/,
    );
    assert.equal(answers[1], null);
    const index = await indexOf(dir);
    assert.equal(index[aName]?.['sha256'], first.blob.digest);
    assert.equal(Object.keys(index).length, 2);
    await assertSound(dir);
  }));

test('packages that others put there are indexed from what they say themselves', () =>
  inYard(async ({ channel, dir, logger, make }) => {
    const place = join(dir, 'linux-64');
    await mkdir(place, { recursive: true });
    await writePackage(join(place, 'old-1.0-h0123456_0.conda'), { name: 'old' });
    await writePackage(join(place, 'misnamed-1.0-h0123456_0.conda'), { name: 'other' });
    await writeFile(join(place, 'broken-1.0-h0123456_0.conda'), 'no archive');
    await mkdir(join(place, 'directory-1.0-h0123456_0.conda'));
    await writeFile(join(place, 'repodata.json'), 'no index');
    await publishToChannel(channel, [await make({ name: 'a' })]);
    const index = await indexOf(dir);
    assert.deepEqual(Object.keys(index), [aName, 'old-1.0-h0123456_0.conda']);
    assert.equal(index['old-1.0-h0123456_0.conda']?.['build'], recordOf({ name: 'old' }).build);
    await assertSound(dir);
    assert.equal(logger.lines.filter(({ level }) => level === 'warn').length, 2);
  }));

test('entries of others keep what they have; those whose file is gone go', () =>
  inYard(async ({ channel, dir, make }) => {
    await publishToChannel(channel, [await make({ name: 'a' }), await make({ name: 'gone' })]);
    const path = join(dir, 'linux-64', 'repodata.json');
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace(
        '"arch": null',
        '"arch": null, "added": {"by": "others"}',
      ),
    );
    await rm(join(dir, 'linux-64', 'gone-1.0-h0123456_0.conda'));
    await publishToChannel(channel, [await make({ name: 'b' })]);
    const index = await indexOf(dir);
    assert.deepEqual(Object.keys(index), [aName, 'b-1.0-h0123456_0.conda']);
    assert.deepEqual(index[aName]?.['added'], { by: 'others' });
  }));

test('a file that somebody replaced is read anew', () =>
  inYard(async ({ channel, dir, make }) => {
    await publishToChannel(channel, [await make({ name: 'a', content: 'one' })]);
    const path = join(dir, 'linux-64', aName);
    await writePackage(path, { name: 'a', content: 'two' });
    const later = Date.now() / 1000 + 5;
    await utimes(path, later, later);
    await publishToChannel(channel, [await make({ name: 'b' })]);
    assert.equal((await indexOf(dir))[aName]?.['sha256'], (await digestOfFile(path)).digest);
  }));

test('other forms of the index, which would be stale, are removed', () =>
  inYard(async ({ channel, dir, make }) => {
    await prepareChannel(channel);
    await mkdir(join(dir, 'linux-64'));
    await writeFile(join(dir, 'linux-64', 'repodata.json.zst'), 'stale');
    await publishToChannel(channel, [await make({ name: 'a' })]);
    assert.deepEqual(await readdir(join(dir, 'linux-64')), [aName, 'repodata.json']);
  }));

test('a package that failed its tests is kept in broken/ and in no index', () =>
  inYard(async ({ channel, dir, make }) => {
    const artifact = await make({ name: 'a', content: 'one' });
    assert.deepEqual(await moveToBroken(channel, [artifact]), [null]);
    const second = await make({ name: 'a', content: 'two' });
    assert.deepEqual(await moveToBroken(channel, [second]), [null]);
    assert.deepEqual(await readdir(join(dir, 'broken')), [aName]);
    assert.equal((await digestOfFile(join(dir, 'broken', aName))).digest, second.blob.digest);
    await prepareChannel(channel);
    assert.deepEqual(Object.keys(await indexOf(dir, 'noarch')), []);
  }));

test('a record whose names lead out of the channel is refused', () =>
  inYard(async ({ channel, dir, make }) => {
    const artifact = await make({ name: 'a' });
    const hostile = [{ fn: '../../a-1-0.conda' }, { subdir: '../..' }, { subdir: 'linux-64/x' }];
    const artifacts = hostile.map((names) => ({
      ...artifact,
      record: { ...artifact.record, ...names },
    }));
    const answers = await publishToChannel(channel, artifacts);
    assert.deepEqual(
      answers.map((answer) => answer?.code),
      Array(3).fill('PACKAGE_INVALID'),
    );
    assert.deepEqual(
      (await readdir(dir)).filter((name) => !name.startsWith('.')),
      ['noarch'],
    );
  }));

test('a blob that is gone fails its package alone', () =>
  inYard(async ({ channel, dir, make }) => {
    const [gone, there] = [await make({ name: 'gone' }), await make({ name: 'a' })];
    await channel.store.delete(gone.blob);
    const answers = await publishToChannel(channel, [gone, there]);
    assert.deepEqual(
      answers.map((answer) => answer?.code),
      ['BLOB_MISSING', undefined],
    );
    assert.deepEqual(Object.keys(await indexOf(dir)), [aName]);
  }));

test('an output directory that is a file is reported with its path and the way out', () =>
  inYard(async ({ channel, dir, make }) => {
    await writeFile(dir, '');
    const artifact = await make({ name: 'a' });
    await assert.rejects(publishToChannel(channel, [artifact]), (error) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.code, 'OUTPUT_UNWRITABLE');
      assert.ok(error.message.startsWith(dir));
      assert.match(error.message, /--output-dir/);
      return true;
    });
  }));

test('a full disk is reported as such; the old index stays', (context) =>
  inYard(async ({ channel, dir, make }) => {
    await publishToChannel(channel, [await make({ name: 'a' })]);
    const before = await readFile(join(dir, 'linux-64', 'repodata.json'), 'utf8');
    const next = await make({ name: 'b' });
    const file = await open(join(dir, 'linux-64', 'repodata.json'));
    await file.close();
    context.mock.method(Object.getPrototypeOf(file), 'datasync', () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    const [answer] = await publishToChannel(channel, [next]);
    assert.equal(answer?.code, 'DISK_FULL');
    assert.equal(await readFile(join(dir, 'linux-64', 'repodata.json'), 'utf8'), before);
    assert.deepEqual(await readdir(join(dir, 'linux-64')), [aName, 'repodata.json']);
  }));

test('publishing that was cancelled says so and leaves no lock', () =>
  inYard(async ({ channel, make }) => {
    const cancelled = { ...channel, signal: AbortSignal.abort() };
    const artifact = await make({ name: 'a' });
    await assert.rejects(publishToChannel(cancelled, [artifact]), (error) => {
      return error instanceof StageyardError && error.code === 'CANCELLED';
    });
    assert.deepEqual(await publishToChannel(channel, [artifact]), [null]);
  }));

const publisher = join(import.meta.dirname, 'children', 'publisher.ts');

test('several processes that publish at once lose nothing of each other', () =>
  inYard(async ({ channel, dir }) => {
    const children = Array.from({ length: PUBLISHERS }, (_, index) =>
      fork(publisher, [dir, `p${index}`, String(PACKAGES_EACH)]),
    );
    const codes = await Promise.all(children.map((child) => once(child, 'exit')));
    assert.deepEqual(
      codes.map(([code]) => code),
      Array(PUBLISHERS).fill(0),
    );
    assert.equal(Object.keys(await indexOf(dir)).length, PUBLISHERS * PACKAGES_EACH);
    await prepareChannel(channel);
    await assertSound(dir);
  }));

test('a publisher killed anywhere leaves a sound channel, and its leftovers go with the next call', () =>
  inYard(async ({ channel, dir, make }) => {
    await publishToChannel(channel, [await make({ name: 'a' })]);
    for (let round = 0; round < KILL_ROUNDS; round += 1) {
      const child = fork(publisher, [dir, `k${round}`, '1000']);
      for (let message = 0; message <= round; message += 1) await once(child, 'message');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await assertSound(dir);
    }
    await publishToChannel(channel, []);
    await assertSound(dir);
    const names = (await readdir(dir)).toSorted();
    assert.deepEqual(names, [
      '.condapackageignore',
      '.stageyard-lock',
      'linux-64',
      'noarch',
      'stores',
    ]);
  }));

test('the digest of a package is that of its bytes, whatever the record says', () =>
  inYard(async ({ channel, dir, make }) => {
    const artifact = await make({ name: 'a' });
    const record = { ...artifact.record, sha256: digestOfBytes('something else'), size: 1 };
    await publishToChannel(channel, [{ ...artifact, record }]);
    await assertSound(dir);
    await appendFile(join(dir, 'linux-64', aName), 'x');
    await publishToChannel(channel, [await make({ name: 'b' })]);
    assert.equal((await indexOf(dir))[aName], undefined);
  }));
