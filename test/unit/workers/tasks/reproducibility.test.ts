import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Circumstances, irreproducibleReason } from '#workers/tasks/reproducibility.ts';

const fine: Circumstances = {
  timestamp: { epochSeconds: 1_760_000_000, origin: 'git' },
  place: { canonical: true },
  inherited: [{ stagingName: 'base' }],
};

describe('reproducibility', () => {
  it('is given where place, time and inherited snapshots are', () => {
    assert.equal(irreproducibleReason(fine), undefined);
  });

  it('is lost by a place or a build root that other machines do not have', () => {
    assert.match(irreproducibleReason({ ...fine, place: { canonical: false } }) ?? '', /in use/);
    assert.match(irreproducibleReason({ ...fine, buildRoot: '/b' }) ?? '', /--build-root/);
  });

  it('is lost with that of a staging output, however far up', () => {
    const inherited = [
      { stagingName: 'top' },
      { stagingName: 'base', irreproducibleBecause: 'built elsewhere' },
    ];
    assert.equal(
      irreproducibleReason({ ...fine, inherited }),
      'the staging output base is not: built elsewhere',
    );
  });
});
