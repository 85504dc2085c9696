import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import type { Dependency } from '#proto/recipe/recipe.ts';
import {
  canonicalSpec,
  type FinalizeContext,
  finalizeDependencies,
  finalizeRunExports,
} from '#workers/environment/finalize-requirements.ts';

const context: FinalizeContext = {
  variant: { python: '3.11', numpy: '1.26.* *_cpython', r_base: 4, libfoo: null, empty: '' },
  fillFromVariant: true,
  siblings: [
    { name: 'calc-lib', version: '1.2.3', build: 'h1234_0' },
    { name: 'calc-lib', version: '1.2.3', build: 'h5678_0' },
  ],
  resolved: [
    { name: 'numpy', version: '1.26.4', build: 'py311_0' },
    { name: 'numpy', version: '1.20.0', build: 'py311_0' },
  ],
};

const finalizeOne = (dependency: Dependency, changes: Partial<FinalizeContext> = {}) =>
  finalizeDependencies([dependency], { ...context, ...changes })[0];

test('a name alone gets the value of its variant key as version', () => {
  const table: [string, object][] = [
    ['python', { variant: 'python', spec: 'python 3.11.*' }],
    ['numpy', { variant: 'numpy', spec: 'numpy 1.26.* *_cpython' }],
    ['r-base', { variant: 'r-base', spec: 'r-base 4.*' }],
    ['libfoo', { source: 'libfoo', spec: 'libfoo' }],
    ['empty', { source: 'empty', spec: 'empty' }],
    ['other', { source: 'other', spec: 'other' }],
    ['python >=3.9', { source: 'python >=3.9', spec: 'python >=3.9' }],
    ['conda-forge::python', { source: 'conda-forge::python', spec: 'conda-forge::python' }],
  ];
  for (const [text, expected] of table) assert.deepEqual(finalizeOne(text), expected, text);
});

test('run requirements are not filled from the variant', () => {
  const found = finalizeOne('python', { fillFromVariant: false });
  assert.deepEqual(found, { source: 'python', spec: 'python' });
});

test('pins stand for the version of the sibling or of the resolved package', () => {
  const table: [Dependency, object][] = [
    [
      { pin_subpackage: { name: 'calc-lib', upper_bound: 'x.x' } },
      { pin_subpackage: 'calc-lib', spec: 'calc-lib >=1.2.3,<1.3.0a0' },
    ],
    [
      { pin_subpackage: { name: 'calc-lib', exact: true } },
      { pin_subpackage: 'calc-lib', spec: 'calc-lib ==1.2.3 h1234_0' },
    ],
    [
      { pin_compatible: { name: 'numpy', lower_bound: 'x.x' } },
      { pin_compatible: 'numpy', spec: 'numpy >=1.26,<2.0a0' },
    ],
  ];
  for (const [pin, expected] of table) assert.deepEqual(finalizeOne(pin), expected);
});

test('of several builds of a sibling the one that the variant names is pinned', () => {
  const found = finalizeOne(
    { pin_subpackage: { name: 'calc-lib', exact: true } },
    { variant: { calc_lib: '1.2.3 h5678_0' } },
  );
  assert.equal(found?.spec, 'calc-lib ==1.2.3 h5678_0');
});

test('what cannot be finalized is a recipe error that names the requirement', () => {
  const table: [Dependency, RegExp][] = [
    [{ pin_subpackage: { name: 'nosuch' } }, /pin_subpackage\("nosuch"\).*it has calc-lib/],
    [{ pin_compatible: { name: 'scipy' } }, /pin_compatible\("scipy"\).*requirements\.host/],
    ['zlib >>1', /zlib >>1/],
  ];
  for (const [dependency, message] of table) {
    assert.throws(
      () => finalizeOne(dependency),
      (error) =>
        error instanceof StageyardError &&
        error.code === 'RECIPE_INVALID' &&
        message.test(error.message),
    );
  }
});

test('a variant value that is no version is a recipe error that names the key', () => {
  assert.throws(() => finalizeOne('zlib', { variant: { zlib: '>>1' } }), /variant's zlib: ">>1"/);
});

test('run exports resolve their pins and leave out empty lists', () => {
  const exports = {
    weak: [{ pin_subpackage: { name: 'calc-lib', upper_bound: 'x' } }],
    strong: [],
    noarch: ['calc-data'],
    weak_constraints: ['old-calc <1'],
    strong_constraints: [],
  };
  assert.deepEqual(finalizeRunExports(exports, context), {
    weak: ['calc-lib >=1.2.3,<2.0a0'],
    noarch: ['calc-data'],
    weak_constrains: ['old-calc <1'],
  });
});

test('specs of packages are brought into canonical form, other text is kept', () => {
  assert.equal(canonicalSpec('zlib  >=1.2, <2'), 'zlib >=1.2,<2');
  assert.equal(canonicalSpec('zlib 1.2.13'), 'zlib ==1.2.13');
  assert.equal(canonicalSpec('??'), '??');
});
