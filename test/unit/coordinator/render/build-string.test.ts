/** Prefix and default form of build strings (spec 2.6). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildStringPrefix, defaultBuildString } from '#coordinator/render/build-string.ts';

describe('the prefix of a build string', () => {
  it('names numpy, python, perl, lua and r in this order', () => {
    const variant = {
      r_base: '4.5',
      lua: '5',
      perl: '5.26.2',
      python: '3.11.* *_cpython',
      numpy: '1.26',
    };
    assert.equal(buildStringPrefix(variant, null), 'np126py311pl5262lua5r45');
  });

  it('is py alone for noarch python', () => {
    assert.equal(buildStringPrefix({ python: '3.11', numpy: '1' }, 'python'), 'py');
  });

  it('stays for noarch generic', () => {
    assert.equal(buildStringPrefix({ python: '3.12' }, 'generic'), 'py312');
  });

  it('is empty without languages', () => {
    assert.equal(buildStringPrefix({ zlib: '1' }, null), '');
  });

  it('starts with the caller’s own prefix', () => {
    assert.equal(buildStringPrefix({ python: '3.12' }, null, 'farm'), 'farm_py312');
    assert.equal(buildStringPrefix({}, 'python', 'farm'), 'farm_py');
  });
});

describe('the default build string', () => {
  it('has prefix, hash and number', () => {
    const parts = { prefix: 'py311', hash: '507f6e9', number: 0 };
    assert.equal(defaultBuildString(parts), 'py311h507f6e9_0');
  });
});
