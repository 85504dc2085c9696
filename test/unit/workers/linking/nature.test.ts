import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  looksLikeSharedObject,
  packageNature,
  providesSharedObjects,
} from '#workers/linking/nature.ts';

describe('a shared object', () => {
  it('is told by its extension, or by a part of its name that is so', () => {
    const yes = [
      'example.so',
      'libquadmath.dylib',
      'library.dll',
      'module.pyd',
      'lib/libquadmath.so.0.0.0',
      'a.so.txt',
      'lib/x.SO.1',
    ];
    const no = [
      'not_dso.txt',
      'bin/executable',
      'lib/so',
      'lib/libx.a',
      'lib/.dylib',
      'LIB.DLL',
      '',
    ];
    for (const path of yes) assert.equal(looksLikeSharedObject(path), true, path);
    for (const path of no) assert.equal(looksLikeSharedObject(path), false, path);
  });
});

describe('the nature of a package', () => {
  const site = 'lib/python3.12/site-packages/numpy/core/_multiarray.so';
  const r = 'lib/R/library/cli/libs/cli.so';

  it('follows from its name and files', () => {
    assert.equal(packageNature('python', ['lib/libpython3.12.so']), 'interpreter');
    assert.equal(packageNature('zlib', ['lib/libz.so.1', 'include/zlib.h']), 'dso-library');
    assert.equal(packageNature('numpy', [site, 'bin/f2py']), 'plugin-library');
    assert.equal(packageNature('r-cli', [r]), 'plugin-library');
    assert.equal(packageNature('both', [r, site]), 'plugin-library');
    assert.equal(packageNature('mixed', [site, 'lib/libmixed.so']), 'dso-library');
    assert.equal(
      packageNature('six', ['lib/python3.12/site-packages/six.py']),
      'interpreted-library',
    );
    assert.equal(
      packageNature('r-glue', ['lib/R/library/glue/DESCRIPTION']),
      'interpreted-library',
    );
    assert.equal(packageNature('make', ['bin/make']), 'non-library');
    assert.equal(packageNature('empty', []), 'non-library');
  });

  it('says whether others can link against it', () => {
    assert.equal(providesSharedObjects('dso-library'), true);
    assert.equal(providesSharedObjects('plugin-library'), true);
    assert.equal(providesSharedObjects('interpreter'), true);
    assert.equal(providesSharedObjects('interpreted-library'), false);
    assert.equal(providesSharedObjects('non-library'), false);
  });
});
