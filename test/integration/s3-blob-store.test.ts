import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before, mock } from 'node:test';
import { digestOfBytes } from '#proto/adapters/hashing.ts';
import { S3BlobStore, type S3BlobStoreOptions } from '#proto/adapters/s3-blob-store.ts';
import { FileUploadLedger } from '#proto/adapters/file-upload-ledger.ts';
import type { OpenUpload, UploadLedger } from '#proto/adapters/s3-upload.ts';
import { type BlobRef, sha256Digest } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import { describeBlobStoreContract } from '../contract/blob-store.contract.ts';
import { type Fault, FaultProxy } from '../support/fault-proxy.ts';
import { LesserS3Proxy } from '../support/lesser-s3-proxy.ts';
import { S3Server } from '../support/services/s3-server.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const MEBIBYTE = 1024 * 1024;
/** The smallest part that S3 takes. */
const PART_BYTES = 5 * MEBIBYTE;
const scope = { owner: 'run-1/stage:a#1' };
const isCode =
  (code: string, message = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof StageyardError);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };

let server: S3Server;
let storeCount = 0;
before(async () => {
  server = await S3Server.start();
});
after(() => server.dispose());

function openStore(options: Partial<S3BlobStoreOptions> = {}): Promise<S3BlobStore> {
  return S3BlobStore.open({ ...server.place, prefix: 'farm/test', ...options });
}

describeBlobStoreContract('S3BlobStore', async () => {
  storeCount += 1;
  const prefix = `contract/${storeCount}`;
  const store = await openStore({ prefix });
  const { bucket } = server.place;
  const replace = async (ref: BlobRef, change: (bytes: Buffer) => Buffer): Promise<void> => {
    const bytes = Buffer.from(await store.getBytes(ref, ref.sizeBytes));
    await server.client().putObject(bucket, ref.location, change(bytes));
  };
  const opened = [store];
  return {
    store,
    openAnother: async () => {
      const another = await openStore({ prefix });
      opened.push(another);
      return another;
    },
    damage: (ref) =>
      replace(ref, (bytes) => {
        bytes[0] = (bytes[0] ?? 0) ^ 1;
        return bytes;
      }),
    truncate: (ref) => replace(ref, (bytes) => bytes.subarray(0, bytes.length / 2)),
    dispose: async () => {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
});

async function withStore(
  use: (store: S3BlobStore, directory: string) => Promise<void>,
  options: Partial<S3BlobStoreOptions> = {},
): Promise<void> {
  await server.ensureRunning();
  await withTemporaryDirectory(async (directory) => {
    const store = await openStore(options);
    try {
      await use(store, directory);
    } finally {
      await store.close();
    }
  });
}

async function withProxy(
  use: (store: S3BlobStore, proxy: FaultProxy, directory: string) => Promise<void>,
  options: Partial<S3BlobStoreOptions> = {},
): Promise<void> {
  await server.ensureRunning();
  const proxy = await FaultProxy.start(server.place.endpoint);
  try {
    const place = { endpoint: proxy.url, ...options };
    await withStore((store, directory) => use(store, proxy, directory), place);
  } finally {
    await proxy.dispose();
  }
}

/** Remembers what began and what ended. */
class MemoryLedger implements UploadLedger {
  readonly open = new Map<string, OpenUpload>();
  beganCount = 0;

  async began(upload: OpenUpload): Promise<void> {
    this.beganCount += 1;
    this.open.set(upload.uploadId, upload);
  }

  async ended(upload: OpenUpload): Promise<void> {
    this.open.delete(upload.uploadId);
  }
}

test('S3BlobStore: a large file is uploaded in parts and comes back as it was', async () => {
  const ledger = new MemoryLedger();
  const use = async (store: S3BlobStore, directory: string): Promise<void> => {
    const bytes = randomBytes(4 * PART_BYTES + 17);
    await writeFile(join(directory, 'source'), bytes);
    const ref = await store.putFile(join(directory, 'source'), scope);
    assert.equal(ref.digest, digestOfBytes(bytes));
    assert.equal(ledger.beganCount, 1);
    assert.equal(ledger.open.size, 0);
    await store.getFile(ref, join(directory, 'copy'));
    assert.ok(bytes.equals(await readFile(join(directory, 'copy'))));
    const { bucket } = server.place;
    const { metaData } = await server.client().statObject(bucket, ref.location);
    assert.equal(metaData['sha256'], ref.digest);
  };
  await withStore(use, { ledger, partSizeBytes: PART_BYTES });
});

test('S3BlobStore: what a killed process was uploading is aborted by the next one', () =>
  withStore(async (store, directory) => {
    const ledgerDir = join(directory, 'ledger');
    const { bucket } = server.place;
    const uploadId = await server.client().initiateNewMultipartUpload(bucket, 'left/behind', {});
    const upload = { key: 'left/behind', uploadId };
    const dead = await FileUploadLedger.open(ledgerDir);
    await dead.began(upload);
    const [mine = ''] = await readdir(ledgerDir);
    const abort = (one: OpenUpload): Promise<void> => store.abortUpload(one);
    assert.equal(await dead.clear(abort), 0, 'its process lives');
    // Of a container that was started anew nobody knows whether its process lives.
    const longAgo = new Date(Date.now() - 48 * 60 * 60 * 1000);
    await utimes(join(ledgerDir, mine), longAgo, longAgo);
    assert.equal(await dead.clear(abort), 1);
    await dead.began(upload);
    const [again = ''] = await readdir(ledgerDir);
    // The same file, of a process of this machine that is gone.
    const parts = again.split('~');
    parts[3] = '999999999';
    await rename(join(ledgerDir, again), join(ledgerDir, parts.join('~')));
    const next = await FileUploadLedger.open(ledgerDir);
    assert.equal(await next.clear(abort), 1);
    assert.deepEqual(await readdir(ledgerDir), []);
    const left: string[] = [];
    for await (const { key } of server.client().listIncompleteUploads(bucket, 'left/', true)) {
      left.push(key);
    }
    assert.deepEqual(left, []);
  }));

test('S3BlobStore: two uploads of the same bytes have objects of their own', () =>
  withStore(async (store) => {
    const refs = await Promise.all([1, 2, 3].map(() => store.putBytes(randomBytes(0), scope)));
    assert.equal(new Set(refs.map(({ location }) => location)).size, 3);
    for (const { location } of refs) {
      assert.match(
        location,
        /^farm\/test\/blob\/e3\/e3b0[0-9a-f]{60}\/run-1-stage-a-1-[0-9a-f]{16}$/,
      );
    }
  }));

test('S3BlobStore: an upload that fails is aborted, nothing is visible', async () => {
  const ledger = new MemoryLedger();
  const use = async (store: S3BlobStore, proxy: FaultProxy, directory: string): Promise<void> => {
    await writeFile(join(directory, 'source'), randomBytes(3 * PART_BYTES));
    ledger.began = async () => {
      proxy.fault = { kind: 'unavailable', times: 5 };
    };
    const storing = store.putFile(join(directory, 'source'), scope);
    await assert.rejects(storing, isCode('BLOB_STORE_UNAVAILABLE'));
    assert.deepEqual(await objectsBelow('failed/'), []);
  };
  await withProxy(use, { ledger, partSizeBytes: PART_BYTES, prefix: 'failed', triesMax: 1 });
});

test('S3BlobStore: an upload that could not be aborted stays in the ledger', async () => {
  const ledger = new MemoryLedger();
  const use = async (store: S3BlobStore, proxy: FaultProxy, directory: string): Promise<void> => {
    await writeFile(join(directory, 'source'), randomBytes(2 * PART_BYTES));
    ledger.began = async (upload) => {
      await MemoryLedger.prototype.began.call(ledger, upload);
      proxy.fault = { kind: 'unavailable', times: 100 };
    };
    const storing = store.putFile(join(directory, 'source'), scope);
    await assert.rejects(storing, isCode('BLOB_STORE_UNAVAILABLE'));
    assert.equal(ledger.open.size, 1);
  };
  await withProxy(use, { ledger, partSizeBytes: PART_BYTES, prefix: 'left', triesMax: 1 });
});

async function objectsBelow(prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of server.client().listObjectsV2(server.place.bucket, prefix, true)) {
    names.push(name);
  }
  return names;
}

test('S3BlobStore: an upload of a process that died is aborted from the ledger, twice is fine', () =>
  withStore(async (store) => {
    const { bucket } = server.place;
    const key = 'farm/test/blob/left-behind';
    const uploadId = await server.client().initiateNewMultipartUpload(bucket, key, {});
    await store.abortUpload({ key, uploadId });
    await store.abortUpload({ key, uploadId });
    await assert.rejects(
      server
        .client()
        .uploadPart(
          { bucketName: bucket, objectName: key, uploadID: uploadId, partNumber: 1, headers: {} },
          Buffer.from('late'),
        ),
    );
  }));

test('S3BlobStore: a file that changes while it is stored becomes no blob', async () => {
  const ledger = new MemoryLedger();
  const use = async (store: S3BlobStore, directory: string): Promise<void> => {
    const path = join(directory, 'source');
    await writeFile(path, randomBytes(2 * PART_BYTES));
    ledger.began = () => writeFile(path, randomBytes(2 * PART_BYTES));
    await assert.rejects(store.putFile(path, scope), /changed while it was stored/);
    assert.deepEqual(await objectsBelow('changing/'), []);
  };
  await withStore(use, { ledger, partSizeBytes: PART_BYTES, prefix: 'changing' });
});

const faults: readonly (readonly [string, () => Fault])[] = [
  ['reset', () => ({ kind: 'reset', afterBytes: 1_500_000, times: 2 })],
  ['stall', () => ({ kind: 'stall', afterBytes: 1_500_000, times: 1 })],
  ['corrupt', () => ({ kind: 'corrupt', afterBytes: 1_500_000, times: 1 })],
  ['503', () => ({ kind: 'unavailable', times: 2 })],
];
for (const [name, fault] of faults) {
  test(`S3BlobStore: a download survives a passing ${name}`, () =>
    withProxy(
      async (store, proxy, directory) => {
        const bytes = randomBytes(3 * MEBIBYTE);
        const ref = await store.putBytes(bytes, scope);
        proxy.fault = fault();
        const target = join(directory, 'copy');
        await store.getFile(ref, target);
        assert.ok(bytes.equals(await readFile(target)));
        assert.deepEqual(await readdir(directory), ['copy']);
        proxy.fault = fault();
        assert.ok(bytes.equals(await store.getBytes(ref, bytes.length)));
      },
      { callTimeoutMs: 700 },
    ));
}

test('S3BlobStore: answers that stay wrong are told as such and leave nothing', () =>
  withProxy(
    async (store, proxy, directory) => {
      const ref = await store.putBytes(randomBytes(2 * MEBIBYTE), scope);
      const target = join(directory, 'copy');
      proxy.fault = { kind: 'corrupt', afterBytes: 1_000_000, times: 99 };
      await assert.rejects(store.getFile(ref, target), isCode('BLOB_DIGEST_MISMATCH'));
      proxy.fault = { kind: 'reset', afterBytes: 0, times: 99 };
      await assert.rejects(store.getFile(ref, target), isCode('BLOB_STORE_UNAVAILABLE'));
      proxy.fault = { kind: 'unavailable', times: 99 };
      await assert.rejects(store.putBytes(randomBytes(9), scope), isCode('BLOB_STORE_UNAVAILABLE'));
      assert.deepEqual(await readdir(directory), []);
    },
    { triesMax: 2 },
  ));

test('S3BlobStore: an upload survives a passing 503 and a lost answer', () =>
  withProxy(
    async (store, proxy, directory) => {
      await writeFile(join(directory, 'source'), randomBytes(2 * PART_BYTES));
      for (const fault of [
        { kind: 'unavailable', times: 2 },
        { kind: 'reset', afterBytes: 0, times: 2 },
      ] as const) {
        proxy.fault = { ...fault };
        const ref = await store.putFile(join(directory, 'source'), scope);
        assert.equal(await store.has(ref), true);
      }
    },
    { partSizeBytes: PART_BYTES },
  ));

test('S3BlobStore: a frozen server ends calls by their deadline, and is usable when it thaws', () =>
  withStore(
    async (store, directory) => {
      const ref = await store.putBytes(randomBytes(1000), scope);
      server.freeze();
      try {
        const late = isCode('BLOB_STORE_UNAVAILABLE', /no answer within 300 ms/);
        await Promise.all([
          assert.rejects(store.putBytes(randomBytes(10), scope), late),
          assert.rejects(store.getFile(ref, join(directory, 'copy')), late),
          assert.rejects(store.has(ref), late),
        ]);
      } finally {
        server.thaw();
      }
      assert.equal(await store.has(ref), true);
      assert.deepEqual(await readdir(directory), []);
    },
    { callTimeoutMs: 300, triesMax: 1 },
  ));

test('S3BlobStore: cancelling ends a transfer in its middle at once', () =>
  withProxy(async (store, proxy, directory) => {
    const ref = await store.putBytes(randomBytes(2 * MEBIBYTE), scope);
    proxy.fault = { kind: 'stall', afterBytes: 1_000_000, times: 99 };
    const control = new AbortController();
    proxy.onCut = () => control.abort();
    const startMs = performance.now();
    const getting = store.getFile(ref, join(directory, 'copy'), { signal: control.signal });
    await assert.rejects(getting, isCode('CANCELLED'));
    assert.ok(performance.now() - startMs < 5000);
    assert.deepEqual(await readdir(directory), []);
  }));

test('S3BlobStore: a crash of the server loses nothing that was stored, and calls go on', () =>
  withStore(async (store) => {
    const bytes = randomBytes(100_000);
    const ref = await store.putBytes(bytes, scope);
    await server.kill();
    const reading = store.getBytes(ref, bytes.length).catch((error: unknown) => error);
    await server.restart();
    const early = await reading;
    assert.ok(early instanceof Uint8Array || isCode('BLOB_STORE_UNAVAILABLE')(early));
    assert.ok(bytes.equals(await store.getBytes(ref, bytes.length)));
  }));

test('S3BlobStore: a reference that names a foreign object is no blob', () =>
  withStore(async (store, directory) => {
    const ref = await store.putBytes(randomBytes(10), scope);
    const mine = await store.putBytes(randomBytes(20), scope);
    const forged = { ...ref, location: mine.location };
    assert.equal(await store.has(forged), false);
    await assert.rejects(store.getFile(forged, join(directory, 'x')), isCode('BLOB_MISSING'));
    await store.delete(forged);
    assert.equal(await store.has(mine), true);
  }));

test('S3BlobStore: a server that is away is told also to one who asks for a blob that nobody has', async () => {
  const store = await openStore({ triesMax: 1 });
  const none = { digest: sha256Digest('0'.repeat(64)), sizeBytes: 1, location: '' };
  assert.equal(await store.has(none), false);
  await server.kill();
  await assert.rejects(store.has(none), isCode('BLOB_STORE_UNAVAILABLE'));
  await server.restart();
  await store.close();
});

test('S3BlobStore: a full server is told as such, of small blobs and of large ones', async () => {
  const remove = async (): Promise<void> => undefined;
  const target = server.place.endpoint;
  const proxy = await LesserS3Proxy.start({ target, answer: 'full', remove });
  const use = async (store: S3BlobStore, directory: string): Promise<void> => {
    const source = join(directory, 'source');
    await writeFile(source, randomBytes(2 * PART_BYTES));
    const small = store.putBytes(new Uint8Array(9), scope);
    await assert.rejects(small, isCode('BLOB_STORE_UNAVAILABLE', /disks are full/));
    const large = store.putFile(source, scope);
    await assert.rejects(large, isCode('BLOB_STORE_UNAVAILABLE', /no space left on device/));
  };
  await withStore(use, { endpoint: proxy.url, partSizeBytes: PART_BYTES, triesMax: 2 });
  await proxy.dispose();
});

test('S3BlobStore: a clock that is hours off is told from wrong secrets', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * 3600 * 1000 });
  try {
    const wrong = isCode('CONFIG_INVALID', /clocks of .* differ too much \(RequestTimeTooSkewed\)/);
    await assert.rejects(openStore({}), wrong);
  } finally {
    mock.timers.reset();
  }
});

test('S3BlobStore: wrong secrets, a missing bucket, no server and a bad endpoint say so', async () => {
  await assert.rejects(
    openStore({ secretKey: 'not-the-secret' }),
    isCode('CONFIG_INVALID', /refuses these credentials \(SignatureDoesNotMatch\)/),
  );
  await assert.rejects(
    openStore({ accessKey: 'nobody' }),
    isCode('CONFIG_INVALID', /InvalidAccessKeyId/),
  );
  const noBucket = openStore({ bucket: 'no-such-bucket' });
  await assert.rejects(noBucket, isCode('CONFIG_INVALID', /no bucket no-such-bucket/));
  const away = openStore({ endpoint: 'http://127.0.0.1:1', triesMax: 1 });
  await assert.rejects(away, isCode('BLOB_STORE_UNAVAILABLE', /127\.0\.0\.1:1/));
  for (const endpoint of ['nonsense', 'ftp://host', 'http://host/path', 'http://me:secret@host']) {
    await assert.rejects(openStore({ endpoint }), isCode('CONFIG_INVALID'));
  }
  await assert.rejects(openStore({ prefix: '../up' }), isCode('CONFIG_INVALID'));
});
