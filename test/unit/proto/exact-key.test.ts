/** What the exact key adds to the static key. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ExactKeyFacts, exactKey, lockedPackage } from '#proto/exact-key.ts';
import { inputKey } from '#proto/ids.ts';
import { sha256Hex } from '../../support/rendered-outputs.ts';

const staticKey = inputKey(sha256Hex('static'));
const pkg = (name: string, sha256 = sha256Hex(name)) => ({
  url: `https://example.org/noarch/${name}.conda`,
  sha256,
});
const facts: ExactKeyFacts = {
  build: [pkg('make')],
  host: [pkg('zlib'), pkg('bzip2')],
  snapshot: sha256Hex('snapshot'),
  worker: 'gcc 12',
  siblings: [{ name: 'a', version: '1', build: '0', files: sha256Hex('files') }],
  sources: ['git 1234'],
};
const key = (change: Partial<ExactKeyFacts> = {}) =>
  exactKey(staticKey, { ...facts, ...change }, sha256Hex);

describe('the exact key', () => {
  it('does not depend on the order of packages', () => {
    assert.equal(key({ host: facts.host.toReversed() }), key());
  });

  it('changes with everything that only the worker knows', () => {
    const changes: Partial<ExactKeyFacts>[] = [
      { build: null },
      { build: [] },
      { host: [pkg('zlib', sha256Hex('other')), pkg('bzip2')] },
      { snapshot: sha256Hex('other') },
      { worker: 'gcc 13' },
      { siblings: [] },
      { sources: ['git 5678'] },
    ];
    const keys = [key(), ...changes.map(key)];
    assert.equal(new Set(keys).size, keys.length);
    assert.notEqual(exactKey(inputKey(sha256Hex('other')), facts, sha256Hex), key());
  });

  it('tells build packages from host packages', () => {
    const swapped = key({ build: facts.host, host: facts.build ?? [] });
    assert.notEqual(swapped, key());
  });

  it('takes of a record what names its bytes', () => {
    const record = {
      ...pkg('zlib'),
      name: 'zlib',
      version: '1',
      build: '0',
      build_number: 0,
      subdir: 'noarch',
      depends: [],
      fn: 'zlib.conda',
      channel: 'x',
      license: 'Zlib',
    };
    const taken = lockedPackage(record);
    assert.equal(taken.sha256, record.sha256);
    assert.ok(!('license' in taken));
  });
});
