import assert from 'node:assert/strict';
import test from 'node:test';
import {
  indexEntry,
  indexRecords,
  isPackageFileName,
  isSubdirName,
  parseIndex,
} from '#coordinator/channel/repodata.ts';
import { fileNameOf, recordOf } from '../../../support/small-packages.ts';

const facts = {
  sha256: 'a'.repeat(64),
  md5: 'b'.repeat(32),
  sizeBytes: 7,
  indexedAtMs: 1_760_000_000_123.9,
};

const packageOf = (name: string) => ({
  fn: fileNameOf({ name }),
  entry: indexEntry(recordOf({ name }), facts),
});

test('an index has its subdir, both sections and version 1, and reads back', () => {
  const text = indexRecords('linux-64', [packageOf('zlib')]);
  const index = JSON.parse(text);
  assert.deepEqual(index.info, { subdir: 'linux-64' });
  assert.equal(index.repodata_version, 1);
  assert.deepEqual(index.packages, {});
  const entry = index['packages.conda']['zlib-1.0-h0123456_0.conda'];
  assert.equal(entry.indexed_timestamp, 1_760_000_000_123);
  assert.equal(entry.timestamp, 1_700_000_000_000);
  assert.equal(entry.size, 7);
  assert.deepEqual(parseIndex(text)?.get('zlib-1.0-h0123456_0.conda'), entry);
});

test('the same packages give the same bytes, in whatever order they came', () => {
  const packages = ['b', 'a', '_c', 'a-b'].map(packageOf);
  const shuffled = packages.toReversed().map(({ fn, entry }) => ({
    fn,
    entry: Object.fromEntries(Object.entries(entry).toReversed()),
  }));
  const text = indexRecords('noarch', packages);
  assert.equal(indexRecords('noarch', shuffled), text);
  assert.deepEqual(
    [...(parseIndex(text)?.keys() ?? [])],
    [
      '_c-1.0-h0123456_0.conda',
      'a-1.0-h0123456_0.conda',
      'a-b-1.0-h0123456_0.conda',
      'b-1.0-h0123456_0.conda',
    ],
  );
});

test('packages of the old format are listed apart', () => {
  const old = { ...packageOf('a'), fn: 'a-1.0-h0123456_0.tar.bz2' };
  const index = JSON.parse(indexRecords('linux-64', [old]));
  assert.deepEqual(Object.keys(index.packages), ['a-1.0-h0123456_0.tar.bz2']);
});

test('what only a client knows stays out, what others added stays in', () => {
  const record = {
    ...recordOf({ name: 'a' }),
    fn: 'x',
    url: 'file:///x',
    channel: 'c',
    extra: [1],
  };
  const entry = indexEntry(record, facts);
  assert.deepEqual(
    ['fn', 'url', 'channel'].filter((key) => key in entry),
    [],
  );
  assert.deepEqual(entry['extra'], [1]);
});

test('text that is no index is told apart from an empty one', () => {
  for (const text of ['', 'null', '[]', '{"packages"', '7'])
    assert.equal(parseIndex(text), undefined);
  assert.equal(parseIndex('{}')?.size, 0);
  const odd =
    '{"packages": [], "packages.conda": {"../x-1-0.conda": {}, "a-1-0.conda": 5, "b-1-0.conda": {}}}';
  assert.deepEqual([...(parseIndex(odd)?.keys() ?? [])], ['b-1-0.conda']);
});

test('names that lead out of the channel are no names of packages or subdirs', () => {
  for (const name of [
    '',
    '.',
    'a.conda',
    '../a-1-0.conda',
    'a-1-0.zip',
    'a/b-1-0.conda',
    '-a-1-0.conda',
    'a-1-0.conda\n',
  ]) {
    assert.equal(isPackageFileName(name), false, name);
  }
  for (const name of ['_libgcc_mutex-0.1-main.conda', 'a-b-1!2.0+g1-py_0.tar.bz2']) {
    assert.equal(isPackageFileName(name), true, name);
  }
  for (const name of ['', '..', 'linux-64/..', 'Linux', 'broken/'])
    assert.equal(isSubdirName(name), false);
  for (const name of ['noarch', 'linux-64', 'osx-arm64', 'emscripten-wasm32'])
    assert.ok(isSubdirName(name));
});
