/** What every blob store promises. Written against the port alone. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { digestOfBytes } from '#proto/adapters/hashing.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

/** One store for one test. */
export interface BlobStoreHarness {
  readonly store: BlobStore;
  /** A second client of the same store, as another process would have. */
  readonly openAnother: () => Promise<BlobStore>;
  /** Changes the stored bytes behind the store's back without changing their length. */
  readonly damage: (ref: BlobRef) => Promise<void>;
  /** Cuts the stored bytes in half behind the store's back. */
  readonly truncate: (ref: BlobRef) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

const scope = { owner: 'run-1/attempt-1' };
const MEBIBYTE = 1024 * 1024;

const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof StageyardError && error.code === code;

type Body = (harness: BlobStoreHarness, directory: string) => Promise<void>;
type Register = (title: string, body: Body) => void;

/** Registers the suite. `makeHarness` is called once per test. */
export function describeBlobStoreContract(
  name: string,
  makeHarness: () => Promise<BlobStoreHarness>,
): void {
  const it: Register = (title, body) => {
    test(`${name}: ${title}`, () =>
      withTemporaryDirectory(async (directory) => {
        const harness = await makeHarness();
        try {
          await body(harness, directory);
        } finally {
          await harness.dispose();
        }
      }));
  };
  describeStoring(it);
  describeFetching(it);
  describeDamage(it);
  describeCancelling(it);
}

function describeStoring(it: Register): void {
  it('bytes come back as they were, under their digest', async ({ store }) => {
    for (const bytes of [
      new Uint8Array(0),
      new TextEncoder().encode('a blob'),
      randomBytes(3 * MEBIBYTE),
    ]) {
      const ref = await store.putBytes(bytes, scope);
      assert.equal(ref.digest, digestOfBytes(bytes));
      assert.equal(ref.sizeBytes, bytes.length);
      assert.ok(Buffer.from(bytes).equals(await store.getBytes(ref, bytes.length)));
    }
  });

  it('a file comes back as it was, and the file itself stays', async ({ store }, directory) => {
    const path = join(directory, 'source');
    const bytes = randomBytes(5 * MEBIBYTE + 17);
    await writeFile(path, bytes);
    const ref = await store.putFile(path, scope);
    assert.equal(ref.digest, digestOfBytes(bytes));
    assert.ok(bytes.equals(await readFile(path)));
    await store.getFile(ref, join(directory, 'copy'));
    assert.ok(bytes.equals(await readFile(join(directory, 'copy'))));
    assert.deepEqual((await readdir(directory)).toSorted(), ['copy', 'source']);
  });

  it('the stored blob does not follow later changes of the file', async ({ store }, directory) => {
    const path = join(directory, 'source');
    await writeFile(path, 'before');
    const ref = await store.putFile(path, scope);
    await writeFile(path, 'later!');
    assert.equal(new TextDecoder().decode(await store.getBytes(ref, 100)), 'before');
  });

  it('the same bytes may be stored any number of times, at once too', async ({
    store,
    openAnother,
  }) => {
    const other = await openAnother();
    const bytes = randomBytes(MEBIBYTE);
    const puts = [store, other, store, other].map((client) => client.putBytes(bytes, scope));
    const refs = await Promise.all(puts);
    assert.equal(new Set(refs.map(({ digest }) => digest)).size, 1);
    for (const ref of refs) assert.ok(bytes.equals(await other.getBytes(ref, bytes.length)));
  });

  it('what one client stored, another has', async ({ store, openAnother }) => {
    const ref = await store.putBytes(new TextEncoder().encode('shared'), scope);
    const other = await openAnother();
    assert.equal(await other.has(ref), true);
    assert.equal(new TextDecoder().decode(await other.getBytes(ref, 100)), 'shared');
  });

  it('a deleted blob is gone, and deleting it twice is fine', async ({ store }) => {
    const ref = await store.putBytes(new TextEncoder().encode('short-lived'), scope);
    assert.equal(await store.has(ref), true);
    await store.delete(ref);
    await store.delete(ref);
    assert.equal(await store.has(ref), false);
    await assert.rejects(store.getBytes(ref, 100), isCode('BLOB_MISSING'));
  });
}

function describeFetching(it: Register): void {
  it('a blob larger than asked for is not read', async ({ store }) => {
    const ref = await store.putBytes(randomBytes(1000), scope);
    await assert.rejects(store.getBytes(ref, 999), isCode('BLOB_TOO_LARGE'));
  });

  it('more bytes than fit one write are refused', async ({ store }) => {
    const bytes = new Uint8Array(16 * 1024 * 1024 + 1);
    await assert.rejects(store.putBytes(bytes, scope), isCode('BLOB_TOO_LARGE'));
  });

  it('a fetched file replaces what was at the path', async ({ store }, directory) => {
    const ref = await store.putBytes(new TextEncoder().encode('new'), scope);
    for (const readOnlyLink of [false, true]) {
      await writeFile(join(directory, 'target'), 'old');
      await store.getFile(ref, join(directory, 'target'), { readOnlyLink });
      assert.equal(await readFile(join(directory, 'target'), 'utf8'), 'new');
      await store.getFile(ref, join(directory, 'target'), { readOnlyLink });
    }
    assert.deepEqual(await readdir(directory), ['target']);
  });

  it('a fetched copy may be written to without harm to the blob', async ({ store }, directory) => {
    const ref = await store.putBytes(new TextEncoder().encode('original'), scope);
    await store.getFile(ref, join(directory, 'copy'));
    await writeFile(join(directory, 'copy'), 'scribble');
    assert.equal(new TextDecoder().decode(await store.getBytes(ref, 100)), 'original');
  });

  it('a missing blob leaves nothing at the path', async ({ store }, directory) => {
    const digest = digestOfBytes('never stored');
    const ref = { digest, sizeBytes: 12, location: '' };
    for (const readOnlyLink of [false, true]) {
      const getting = store.getFile(ref, join(directory, 'target'), { readOnlyLink });
      await assert.rejects(getting, isCode('BLOB_MISSING'));
    }
    assert.deepEqual(await readdir(directory), []);
  });
}

function describeDamage(it: Register): void {
  const kinds = ['damage', 'truncate'] as const;
  for (const kind of kinds) {
    it(`after ${kind} no client hands the blob out, and it can be stored again`, async (harness, directory) => {
      const bytes = randomBytes(100_000);
      const target = join(directory, 'target');
      const reads: ((store: BlobStore, ref: BlobRef) => Promise<unknown>)[] = [
        (store, ref) => store.getBytes(ref, bytes.length),
        (store, ref) => store.getFile(ref, target),
        (store, ref) => store.getFile(ref, target, { readOnlyLink: true }),
      ];
      for (const read of reads) {
        const ref = await harness.store.putBytes(bytes, scope);
        await harness[kind](ref);
        const other = await harness.openAnother();
        await assert.rejects(read(other, ref), isCode('BLOB_DIGEST_MISMATCH'));
        assert.deepEqual(await readdir(directory), []);
        const again = await other.putBytes(bytes, scope);
        assert.ok(bytes.equals(await harness.store.getBytes(again, bytes.length)));
      }
    });
  }

  it('a reference with the wrong size is refused and harms nothing', async ({ store }) => {
    const bytes = randomBytes(1000);
    const ref = await store.putBytes(bytes, scope);
    const wrong = { ...ref, sizeBytes: 999 };
    assert.equal(await store.has(wrong), false);
    await assert.rejects(store.getBytes(wrong, 5000), isCode('BLOB_DIGEST_MISMATCH'));
    assert.ok(bytes.equals(await store.getBytes(ref, 1000)));
  });
}

function describeCancelling(it: Register): void {
  it('a call that is cancelled ends so and leaves nothing', async ({ store }, directory) => {
    const ref = await store.putBytes(randomBytes(1000), scope);
    const signal = AbortSignal.abort();
    const path = join(directory, 'source');
    await writeFile(path, randomBytes(10));
    await assert.rejects(store.putFile(path, scope, signal), isCode('CANCELLED'));
    const getting = store.getFile(ref, join(directory, 'target'), { signal });
    await assert.rejects(getting, isCode('CANCELLED'));
    assert.deepEqual(await readdir(directory), ['source']);
  });
}
