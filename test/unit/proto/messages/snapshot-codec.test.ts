import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { digestOfBytes } from '#proto/adapters/hashing.ts';
import { StageyardError } from '#proto/errors.ts';
import {
  decodeSnapshotManifest,
  encodeSnapshotManifest,
  loadSnapshotManifest,
  storeSnapshotManifest,
} from '#proto/messages/codec.ts';
import type { SnapshotFile, SnapshotManifest } from '#proto/snapshot.ts';
import { sampleManifest } from '../../../support/sample-messages.ts';

const isInvalid = (error: unknown): boolean =>
  error instanceof StageyardError && error.code === 'MESSAGE_INVALID';

function withFiles(files: readonly SnapshotFile[]): SnapshotManifest {
  return { ...sampleManifest, prefix: { ...sampleManifest.prefix, files } };
}

const plainFile = (path: string): SnapshotFile => ({
  path,
  kind: 'file',
  mode: 0o644,
  sizeBytes: 0,
  digest: digestOfBytes(''),
  occurrences: [],
});

test('a manifest survives the wire with every field', () => {
  assert.deepEqual(decodeSnapshotManifest(encodeSnapshotManifest(sampleManifest)), sampleManifest);
});

test('a manifest says why its snapshot is not reproducible', () => {
  const manifest = { ...sampleManifest, irreproducibleBecause: 'built elsewhere' };
  assert.deepEqual(decodeSnapshotManifest(encodeSnapshotManifest(manifest)), manifest);
});

test('offsets survive where they lie 4 GiB and more apart', () => {
  const offsets = [0, 5, 2 ** 32 + 4, 2 ** 32 + 5, 2 ** 36];
  const occurrences = [{ of: 'prefix', mode: 'binary', offsets } as const];
  const manifest = withFiles([{ ...plainFile('core'), occurrences }]);
  const again = decodeSnapshotManifest(encodeSnapshotManifest(manifest));
  assert.deepEqual(again.prefix.files[0]?.occurrences, occurrences);
});

test('a path that leaves its layer is refused', () => {
  for (const path of ['/etc/passwd', '../up', 'a/../../b', 'a//b', './a', 'a/', 'nul\0']) {
    const body = encodeSnapshotManifest(withFiles([plainFile(path)]));
    assert.throws(() => decodeSnapshotManifest(body), isInvalid, path);
  }
});

test('files out of order, or one twice, are refused before anything is stored', () => {
  for (const paths of [
    ['b', 'a'],
    ['a', 'a'],
    ['\u{10000}', '\uFFFD'],
  ]) {
    assert.throws(() => encodeSnapshotManifest(withFiles(paths.map(plainFile))), isInvalid);
  }
  encodeSnapshotManifest(withFiles(['a', 'a/b', 'ab', '\uFFFD', '\u{10000}'].map(plainFile)));
});

test('a link without a target, and a target without a link, are refused', () => {
  const link: SnapshotFile = { ...plainFile('lib/libz.so'), kind: 'symlink' };
  assert.throws(() => decodeSnapshotManifest(encodeSnapshotManifest(withFiles([link]))), isInvalid);
  const file = { ...plainFile('lib/libz.so'), linkTarget: 'libz.so.1' };
  assert.throws(() => decodeSnapshotManifest(encodeSnapshotManifest(withFiles([file]))), isInvalid);
});

test('environments that are no environments are refused', () => {
  const broken = JSON.parse('{"build": null, "host": {"platform": "linux-64"}, "exports": []}');
  const body = encodeSnapshotManifest({ ...sampleManifest, environments: broken });
  assert.throws(() => decodeSnapshotManifest(body), isInvalid);
});

test('keys that a channel added to a record survive', () => {
  const environments = structuredClone(sampleManifest.environments);
  Object.assign(environments.host.resolved[0] ?? {}, { extra_key: { nested: [1] } });
  const body = encodeSnapshotManifest({ ...sampleManifest, environments });
  assert.deepEqual(decodeSnapshotManifest(body).environments, environments);
});

test('a few bytes that would decode to millions of files are refused first', () => {
  const field = [0x32, 0x80, 0x80, 0x80, 0x02];
  const body = new Uint8Array(field.length + 2 ** 22);
  body.set(field);
  for (let at = field.length; at < body.length; at += 2) body[at] = 0x12;
  assert.throws(() => decodeSnapshotManifest(body), /entries/);
});

test('a long file list is stored apart and comes back with the manifest', async () => {
  const root = await mkdtemp(join(tmpdir(), 'snapshot-codec-'));
  try {
    const store = await DirectoryBlobStore.open(root);
    const paths = Array.from({ length: 120_000 }, (_, i) => `f${String(i).padStart(6, '0')}`);
    const manifest = withFiles(paths.map(plainFile));
    const ref = await storeSnapshotManifest(manifest, { store, scope: { owner: 'test' } });
    assert.ok(ref.sizeBytes < 100_000);
    assert.deepEqual(await loadSnapshotManifest(ref, store), manifest);
    const body = await store.getBytes(ref, 1e6);
    assert.throws(() => decodeSnapshotManifest(body), isInvalid);
  } finally {
    await rm(root, { recursive: true });
  }
});
