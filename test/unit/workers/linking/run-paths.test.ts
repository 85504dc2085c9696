import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  computeRunPaths,
  directoryInPrefix,
  type RunPathsInput,
} from '#workers/linking/run-paths.ts';

const prefix = '/rattler-build_zlink/host_env_placehold';

function runPaths(input: Partial<RunPathsInput>): readonly string[] {
  return computeRunPaths({
    rpath: null,
    runpath: null,
    path: 'bin/zlink',
    prefix,
    configured: [],
    isAllowed: () => false,
    ...input,
  }).entries;
}

describe('run paths', () => {
  it('of a program lead to the library directory', () => {
    assert.deepEqual(
      runPaths({
        rpath: `${prefix}/lib:/rattler-build_zlink/build_env/lib:/usr/lib/custom_lib`,
        isAllowed: (entry) => entry.startsWith('/usr/lib/custom'),
      }),
      ['$ORIGIN/../lib', '/usr/lib/custom_lib'],
    );
    assert.deepEqual(runPaths({ configured: ['lib/'] }), ['$ORIGIN/../lib']);
  });

  it('of a library beside the others are its own directory', () => {
    assert.deepEqual(runPaths({ path: 'lib/libz.so.1' }), ['$ORIGIN']);
    assert.deepEqual(runPaths({ path: 'lib/deep/er/libz.so.1' }), ['$ORIGIN/../..']);
    assert.deepEqual(runPaths({ path: 'zlink' }), ['$ORIGIN/lib']);
  });

  it('keep relative entries that stay inside the prefix', () => {
    assert.deepEqual(runPaths({ rpath: '$ORIGIN/../lib/private:${ORIGIN}/x' }), [
      '$ORIGIN/../lib/private',
      '${ORIGIN}/x',
      '$ORIGIN/../lib',
    ]);
  });

  it('drop relative entries that leave the prefix, and anything else outside', () => {
    const result = computeRunPaths({
      rpath: '$ORIGIN/../../lib:/usr/lib:lib:$ORIGINAL/x',
      runpath: `${prefix}er/lib:${prefix}/../host_env_placehold2`,
      path: 'bin/zlink',
      prefix,
      configured: [],
      isAllowed: () => false,
    });
    assert.deepEqual(result.entries, ['$ORIGIN/../lib']);
    assert.deepEqual(result.dropped, [
      '$ORIGIN/../../lib',
      '/usr/lib',
      'lib',
      '$ORIGINAL/x',
      `${prefix}er/lib`,
      `${prefix}/../host_env_placehold2`,
    ]);
  });

  it('keep allowed entries as they are, inside and outside of $ORIGIN', () => {
    const isAllowed = (entry: string): boolean => entry === '$ORIGIN/../../x' || entry === '/opt/x';
    assert.deepEqual(runPaths({ rpath: '$ORIGIN/../../x:/opt/x', isAllowed }), [
      '$ORIGIN/../../x',
      '/opt/x',
      '$ORIGIN/../lib',
    ]);
  });

  it('come in the order rpath, recipe, runpath, each directory once', () => {
    assert.deepEqual(
      runPaths({
        rpath: `${prefix}/one/`,
        configured: ['lib/', 'two', `${prefix}/three`],
        runpath: `$ORIGIN/../lib/:${prefix}/four:${prefix}/one`,
      }),
      ['$ORIGIN/../one', '$ORIGIN/../lib', '$ORIGIN/../two', '$ORIGIN/../three', '$ORIGIN/../four'],
    );
  });

  it('of the prefix itself are no library directory by mistake', () => {
    assert.deepEqual(runPaths({ rpath: prefix, configured: ['.'] }), ['$ORIGIN/..']);
  });
});

describe('the directory of an entry', () => {
  it('is told relative to the prefix', () => {
    const place = { path: 'lib/a/libx.so', prefix: '/p' };
    assert.equal(directoryInPrefix('$ORIGIN', place), 'lib/a');
    assert.equal(directoryInPrefix('$ORIGIN/..', place), 'lib');
    assert.equal(directoryInPrefix('${ORIGIN}/../../..', place), undefined);
    assert.equal(directoryInPrefix('/p/', place), '');
    assert.equal(directoryInPrefix('/p/x//y/.', place), 'x/y');
    assert.equal(directoryInPrefix('/px', place), undefined);
    assert.equal(directoryInPrefix('relative', place), undefined);
  });
});
