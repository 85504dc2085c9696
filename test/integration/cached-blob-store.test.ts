/** The cache in front of a store: one download, a bounded size, and nothing that is wrong with it matters. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { CachedBlobStore } from '#proto/adapters/cached-blob-store.ts';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { describeBlobStoreContract } from '../contract/blob-store.contract.ts';
import { altered } from '../support/altered.ts';
import { diskFaults } from '../support/directory-blobs.ts';
import { SilentLogger } from '../support/silent-logger.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const scope = { owner: 'test' };
const MIB = 1024 * 1024;

class Bench {
  readonly directory: string;
  readonly far: DirectoryBlobStore;
  readonly near: CachedBlobStore;
  readonly downloads: string[];

  private constructor(parts: Pick<Bench, 'directory' | 'far' | 'near' | 'downloads'>) {
    this.directory = parts.directory;
    this.far = parts.far;
    this.near = parts.near;
    this.downloads = parts.downloads;
  }

  static async open(directory: string, cacheSizeBytesMax = 100 * MIB): Promise<Bench> {
    const far = await DirectoryBlobStore.open(join(directory, 'far'));
    const downloads: string[] = [];
    const store = altered<BlobStore>(far, {
      getFile: (ref, path, options) => {
        downloads.push(ref.digest);
        return far.getFile(ref, path, options);
      },
    });
    const cacheDir = join(directory, 'cache');
    const logger = new SilentLogger();
    const near = await CachedBlobStore.open({ store, cacheDir, cacheSizeBytesMax, logger });
    return new Bench({ directory, far, near, downloads });
  }

  blob(sizeBytes: number, fill: number): Promise<BlobRef> {
    return this.far.putBytes(new Uint8Array(sizeBytes).fill(fill), scope);
  }

  async cached(): Promise<readonly string[]> {
    const folder = join(this.directory, 'cache', 'sha256');
    const folders = await readdir(folder);
    return (await Promise.all(folders.map((name) => readdir(join(folder, name))))).flat();
  }
}

describeBlobStoreContract('CachedBlobStore', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cached-blob-store-'));
  return {
    store: (await Bench.open(directory)).near,
    openAnother: async () => (await Bench.open(directory)).near,
    ...diskFaults(join(directory, 'far')),
    dispose: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
});

test('CachedBlobStore: many who want a blob at once share one download, and later ones need none', () =>
  withTemporaryDirectory(async (directory) => {
    const bench = await Bench.open(directory);
    const { near, downloads } = bench;
    const ref = await bench.blob(MIB, 7);
    const fetch = (index: number): Promise<void> =>
      near.getFile(ref, join(directory, `copy-${index}`), { readOnlyLink: index % 2 === 0 });
    await Promise.all([0, 1, 2, 3, 4].map(fetch));
    await fetch(5);
    assert.deepEqual(downloads, [ref.digest]);
    assert.equal((await readFile(join(directory, 'copy-3')))[MIB - 1], 7);
  }));

test('CachedBlobStore: a full cache loses what was not used for longest, and one that is too large goes past it', () =>
  withTemporaryDirectory(async (directory) => {
    const bench = await Bench.open(directory, 4 * MIB);
    const { near, downloads } = bench;
    const [a, b, c, large] = await Promise.all([
      bench.blob(MIB, 1),
      bench.blob(MIB, 2),
      bench.blob(MIB, 3),
      bench.blob(3 * MIB, 4),
    ]);
    const fetch = (ref: BlobRef): Promise<void> => near.getFile(ref, join(directory, 'copy'));
    for (const ref of [a, b, a, c, a, large]) await fetch(ref);
    assert.deepEqual(
      downloads,
      [a, b, c, large].map(({ digest }) => digest),
    );
    for (const [index, sizeBytes] of [MIB, MIB, MIB].entries()) {
      await fetch(await bench.blob(sizeBytes, 10 + index));
      await fetch(a);
    }
    assert.equal(downloads.filter((digest) => digest === a.digest).length, 1);
    assert.ok((await bench.cached()).length <= 4);
    await fetch(b);
    assert.equal(downloads.filter((digest) => digest === b.digest).length, 2);
  }));

test('CachedBlobStore: a damaged cache is as good as an empty one', () =>
  withTemporaryDirectory(async (directory) => {
    const first = await Bench.open(directory);
    const ref = await first.blob(MIB, 9);
    await first.near.getFile(ref, join(directory, 'copy'));
    const path = join(directory, 'cache', 'sha256', ref.digest.slice(0, 2), ref.digest);
    await chmod(path, 0o600);
    await writeFile(path, new Uint8Array(MIB).fill(8));
    const second = await Bench.open(directory);
    await second.near.getFile(ref, join(directory, 'copy'));
    assert.equal((await readFile(join(directory, 'copy')))[0], 9);
  }));

test('CachedBlobStore: a full disk gets all of the cache back, and the blob comes past it', () =>
  withTemporaryDirectory(async (directory) => {
    const bench = await Bench.open(directory);
    const { near, far } = bench;
    const [kept, wanted] = await Promise.all([bench.blob(MIB, 1), bench.blob(MIB, 2)]);
    await near.getFile(kept, join(directory, 'copy'));
    const getFile = far.getFile.bind(far);
    far.getFile = (ref, path, options) =>
      path.startsWith(join(directory, 'cache'))
        ? Promise.reject(new StageyardError('DISK_FULL', 'no space left'))
        : getFile(ref, path, options);
    await near.getFile(wanted, join(directory, 'copy'));
    assert.equal((await readFile(join(directory, 'copy')))[0], 2);
    assert.deepEqual(await bench.cached(), []);
  }));

test('CachedBlobStore: who gives up waiting leaves the download to the others', () =>
  withTemporaryDirectory(async (directory) => {
    const bench = await Bench.open(directory, 4 * MIB);
    const { near, downloads } = bench;
    const ref = await bench.blob(MIB, 5);
    const given = new AbortController();
    const first = near.getFile(ref, join(directory, 'first'), { signal: given.signal });
    const second = near.getFile(ref, join(directory, 'second'));
    given.abort(new Error('no more'));
    await assert.rejects(
      first,
      (error) => error instanceof StageyardError && error.code === 'CANCELLED',
    );
    await second;
    assert.equal(downloads.length, 1);
  }));
