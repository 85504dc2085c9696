import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeRunDependency, runDependenciesOf } from '#workers/linking/run-dependencies.ts';

describe('run dependencies', () => {
  it('have a name and an origin', () => {
    const found = runDependenciesOf({
      depends: [
        { source: 'make', spec: 'make' },
        { source: 'conda-forge::numpy >=1', spec: 'conda-forge::numpy >=1' },
        { variant: 'python', spec: 'python 3.12.*' },
        { pin_subpackage: 'calculator-lib', spec: 'calculator-lib >=1,<2' },
        { pin_compatible: 'zstd', spec: 'zstd[version=">=1"]' },
        { run_export: 'libadder', from: 'host', spec: 'libadder >=2,<3.0a0' },
      ],
      constraints: [{ source: 'not-me', spec: 'not-me' }],
    });
    assert.deepEqual(found, [
      { name: 'make', origin: 'explicit' },
      { name: 'numpy', origin: 'explicit' },
      { name: 'python', origin: 'explicit' },
      { name: 'calculator-lib', origin: 'pin' },
      { name: 'zstd', origin: 'pin' },
      { name: 'libadder', origin: 'run-export', from: 'host' },
    ]);
    assert.deepEqual(found.map(describeRunDependency), [
      ...Array.from({ length: 5 }, () => 'run dependency'),
      'run dependency by run export',
    ]);
  });

  it('that came in twice are no mere run exports when one of them was written', () => {
    const exported = { run_export: 'x', from: 'host', spec: 'x >=1' } as const;
    const written = { source: 'x', spec: 'x' };
    for (const depends of [
      [exported, written],
      [written, exported],
    ]) {
      assert.deepEqual(runDependenciesOf({ depends, constraints: [] }), [
        { name: 'x', origin: 'explicit' },
      ]);
    }
  });
});
