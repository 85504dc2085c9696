import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { digestOfFile } from '#proto/adapters/hashing.ts';
import { currentProcessIdentity } from '#proto/adapters/process-identity.ts';
import { StageyardError } from '#proto/errors.ts';
import { blobPath, diskFaults } from '../support/directory-blobs.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';
import { describeBlobStoreContract } from './blob-store.contract.ts';

const scope = { owner: 'test' };
const KILL_ROUNDS = 6;

describeBlobStoreContract('DirectoryBlobStore', async () => {
  const root = await mkdtemp(join(tmpdir(), 'directory-blob-store-'));
  return {
    store: await DirectoryBlobStore.open(root),
    openAnother: () => DirectoryBlobStore.open(root),
    ...diskFaults(root),
    dispose: () => rm(root, { recursive: true, force: true }),
  };
});

const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof StageyardError && error.code === code;

test('DirectoryBlobStore: a read-only link shares the file of the store', () =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    const ref = await store.putBytes(new Uint8Array([1, 2]), scope);
    await store.getFile(ref, join(directory, 'linked'), { readOnlyLink: true });
    const [linked, stored] = [
      await stat(join(directory, 'linked')),
      await stat(blobPath(join(directory, 'store'), ref)),
    ];
    assert.equal(linked.ino, stored.ino);
    assert.equal(linked.mode & 0o777, 0o444);
  }));

test('DirectoryBlobStore: a link is checked again when the file changed in between', () =>
  withTemporaryDirectory(async (directory) => {
    const root = join(directory, 'store');
    const store = await DirectoryBlobStore.open(root);
    const ref = await store.putBytes(new TextEncoder().encode('right'), scope);
    await chmod(blobPath(root, ref), 0o600);
    await writeFile(blobPath(root, ref), 'wrong');
    await utimes(blobPath(root, ref), 1, 1);
    const linking = store.getFile(ref, join(directory, 'linked'), { readOnlyLink: true });
    await assert.rejects(linking, isCode('BLOB_DIGEST_MISMATCH'));
  }));

test('DirectoryBlobStore: storing a blob again renews its age', () =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(directory);
    const ref = await store.putBytes(new Uint8Array([7]), scope);
    await utimes(blobPath(directory, ref), 1000, 1000);
    await store.putBytes(new Uint8Array([7]), scope);
    assert.ok((await stat(blobPath(directory, ref))).mtimeMs > 1_000_000_000);
  }));

test('DirectoryBlobStore: a process killed while it stores leaves no half blob and no litter', () =>
  withTemporaryDirectory(async (directory) => {
    const root = join(directory, 'store');
    let litterCount = 0;
    // Most signals hit a put; a machine with other work may need more of them.
    const isEnough = (round: number): boolean =>
      round >= KILL_ROUNDS && (litterCount > 0 || round >= 10 * KILL_ROUNDS);
    for (let round = 0; !isEnough(round); round += 1) {
      const child = fork(join(import.meta.dirname, 'children', 'blob-writer.ts'), [root]);
      await once(child, 'message');
      for (let message = 0; message < round % 4; message += 1) await once(child, 'message');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await assertWholeBlobs(root);
      litterCount += (await readdir(join(root, 'tmp'))).length;
    }
    assert.ok(litterCount > 0, 'no round was killed in the middle of a put');
    await writeFile(join(root, 'tmp', `${currentProcessIdentity()}.99999`), 'being written');
    await DirectoryBlobStore.open(root);
    assert.deepEqual(await readdir(join(root, 'tmp')), [`${currentProcessIdentity()}.99999`]);
  }));

async function assertWholeBlobs(root: string): Promise<void> {
  for (const shard of await readdir(join(root, 'sha256'))) {
    for (const name of await readdir(join(root, 'sha256', shard))) {
      assert.equal((await digestOfFile(join(root, 'sha256', shard, name))).digest, name);
    }
  }
}

test('DirectoryBlobStore: a store on a file, not a directory, says where and what', () =>
  withTemporaryDirectory(async (directory) => {
    await writeFile(join(directory, 'store'), '');
    await assert.rejects(DirectoryBlobStore.open(join(directory, 'store')), (error) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.exitCode, 3);
      assert.match(error.message, /open the store .*store/);
      return true;
    });
  }));

test('DirectoryBlobStore: a full disk is reported as such and leaves nothing', (context) =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(directory);
    const file = await open(join(directory, 'source'), 'w');
    await file.close();
    context.mock.method(Object.getPrototypeOf(file), 'datasync', () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    await assert.rejects(store.putBytes(new Uint8Array([1]), scope), isCode('DISK_FULL'));
    await assert.rejects(store.putFile(join(directory, 'source'), scope), isCode('DISK_FULL'));
    assert.deepEqual(await readdir(join(directory, 'tmp')), []);
    assert.deepEqual(await readdir(join(directory, 'sha256')), []);
  }));

test('DirectoryBlobStore: a file that cannot be read is no blob and names itself', () =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(directory);
    for (const name of ['absent', 'tmp']) {
      const storing = store.putFile(join(directory, name), scope);
      await assert.rejects(storing, new RegExp(`store .*${name}`));
    }
    assert.deepEqual(await readdir(join(directory, 'tmp')), []);
  }));
