import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import {
  encodeMessagePack,
  frameUncompressed,
  shardHash,
  shardIndexOf,
  withoutChannel,
} from '#workers/environment/shard-encoding.ts';
import { nameOfSpec } from '#workers/environment/spec-text.ts';

test('frames of raw blocks are read by a real zstd', () => {
  for (const size of [0, 1, 255, 256, 128 * 1024, 128 * 1024 + 1, 1_000_000]) {
    const bytes = Buffer.alloc(size, 'stageyard');
    assert.deepEqual(zstdDecompressSync(frameUncompressed(bytes)), bytes, String(size));
  }
});

test('values are encoded as MessagePack says', () => {
  const table: [Parameters<typeof encodeMessagePack>[0], string][] = [
    [null, 'c0'],
    [true, 'c3'],
    [5, '05'],
    [300, 'cf000000000000012c'],
    [-1.5, 'cbbff8000000000000'],
    ['ab', 'a26162'],
    ['x'.repeat(32), `d920${'78'.repeat(32)}`],
    [new Uint8Array([1, 2]), 'c4020102'],
    [[1, [2]], '92019102'],
    [{ a: 1, gone: undefined }, '81a16101'],
  ];
  for (const [value, expected] of table) {
    assert.equal(encodeMessagePack(value).toString('hex'), expected, JSON.stringify(value));
  }
  assert.equal(encodeMessagePack('x'.repeat(70_000)).subarray(0, 5).toString('hex'), 'db00011170');
  assert.equal(
    encodeMessagePack(Array.from({ length: 16 }, () => 0))
      .subarray(0, 3)
      .toString('hex'),
    'dc0010',
  );
});

test('the hash of a shard leads back to its place', () => {
  assert.equal(shardIndexOf(shardHash(123_456).toString('hex')), 123_456);
  assert.equal(shardIndexOf('ff'.repeat(32)), -1);
  assert.equal(shardIndexOf('../../etc'), -1);
});

test('channels are cut out of dependencies, everything else stays', () => {
  const table: [string, string][] = [
    ['zlib >=1.2,<2', 'zlib >=1.2,<2'],
    ['conda-forge::zlib >=1', 'zlib >=1'],
    ['conda-forge/linux-64::zlib', 'zlib'],
    ['conda-forge:ns:zlib', 'zlib'],
    ['zlib[channel=conda-forge]', 'zlib'],
    ['zlib[version=">=1", channel="x"]', 'zlib[version=">=1"]'],
    ['zlib[channel=x, build="h*"]', 'zlib[build="h*"]'],
    ['zlib[build="h*"]', 'zlib[build="h*"]'],
  ];
  for (const [spec, expected] of table) assert.equal(withoutChannel(spec), expected, spec);
});

test('the name of a dependency is read without the rest', () => {
  const table: [string, string | null][] = [
    ['zlib', 'zlib'],
    ['  Zlib>=1', 'zlib'],
    ['conda-forge::r-base 4.*', 'r-base'],
    ['_openmp_mutex[build="*_llvm"]', '_openmp_mutex'],
    ['__glibc >=2.17', '__glibc'],
    ['*', null],
    ['', null],
  ];
  for (const [spec, expected] of table) assert.equal(nameOfSpec(spec), expected, spec);
});
