/** Conda versions: what is one, their order, prefixes, the next version. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Version } from '#proto/conda/version.ts';

function version(text: string): Version {
  const parsed = Version.parse(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.failure);
  return parsed.value;
}

describe('the text of a version', () => {
  it('is kept, in lower case and without leading zeros', () => {
    for (const text of [
      '1.0',
      '1!1.0+2.3',
      '1_0',
      '1-0',
      '1.0_',
      '1-2-',
      '1.0.post1',
      'a',
      '1.0a_b',
      '10._',
      '0!1',
    ])
      assert.equal(String(version(text)), text);
    assert.equal(String(version('V01.02RC1')), 'v1.2rc1');
  });

  it('is refused where it is none', () => {
    const bad = [
      '',
      ' 1',
      '1.0 ',
      '1..0',
      '.1',
      '1.',
      '1-_0',
      '1_2-3',
      '1.0+',
      '+1',
      '1!',
      '!1',
      '1!2!3',
      '1+2+3',
      '1.*',
      '*',
      '1.é',
      '=1',
      '18446744073709551616',
      `1.${'0.'.repeat(200)}0`,
    ];
    for (const text of bad) assert.equal(Version.parse(text).ok, false, text);
  });
});

describe('the order of versions', () => {
  it('is that of conda', () => {
    const ascending = [
      '0.4',
      '0.4.1.rc',
      '0.4.1',
      '0.5a1',
      '0.5b3',
      '0.5c1',
      '0.5',
      '0.9.6',
      '0.960923',
      '1.0',
      '1.1dev1',
      '1.1_',
      '1.1a1',
      '1.1',
      '1.1.post1',
      '1.1post1',
      '1996.07.12',
      '1!0.4.1',
      '1!3.1.1.6',
      '2!0.4.1',
    ];
    const sorted = [...ascending]
      .reverse()
      .sort((left, right) => version(left).compare(version(right)));
    assert.deepEqual(sorted, ascending);
    for (const [older, newer] of [
      ['1.0.1_', '1.0.1a'],
      ['1.0.1a', '1.0.1'],
      ['1.0dev', '1.0a'],
      ['1.0dev', '1.0_'],
      ['1.0rc', '1.0'],
      ['1.2', '1.10'],
      ['1.0', '1.0+1'],
    ])
      assert.ok(version(older ?? '').compare(version(newer ?? '')) < 0, `${older} < ${newer}`);
  });

  it('takes missing segments for 0', () => {
    for (const [left, right] of [
      ['1', '1.0.0'],
      ['1.0', '01'],
      ['1.1_', '1.1-'],
      ['1!1', '1!1.0'],
      ['0!1', '1'],
      ['1.0RC1', '1.0rc1'],
      ['1+0', '1'],
    ])
      assert.equal(version(left ?? '').compare(version(right ?? '')), 0, `${left} = ${right}`);
  });
});

describe('a prefix of a version', () => {
  it('ends where the version goes on', () => {
    const rows: readonly (readonly [string, string, boolean])[] = [
      ['1.2.3', '1.2', true],
      ['1.2', '1.2.0', true],
      ['1.20', '1.2', false],
      ['1.2a', '1.2', true],
      ['1.2a', '1.2.0', true],
      ['1a.2', '1.2', false],
      ['1.2alpha', '1.2al', false],
      ['1.2', '1.2.1', false],
      ['1.2.3+4', '1.2.3', true],
      ['1.2', '1.2+1', false],
      ['1!1.2', '1.2', false],
      ['1.2_3', '1.2.3', true],
    ];
    for (const [text, prefix, expected] of rows)
      assert.equal(
        version(text).startsWith(version(prefix)),
        expected,
        `${text} starts with ${prefix}`,
      );
  });

  it('decides compatibility', () => {
    assert.equal(version('1.2.9').isCompatibleWith(version('1.2.3')), true);
    assert.equal(version('1.3').isCompatibleWith(version('1.2.3')), false);
    assert.equal(version('1.2.2').isCompatibleWith(version('1.2.3')), false);
    assert.equal(version('1.9').isCompatibleWith(version('1.2')), true);
  });
});

describe('the next version', () => {
  it('raises the last number of a segment', () => {
    const rows: readonly (readonly [string, number, string])[] = [
      ['1.2.3', 1, '1.3.3'],
      ['9d', 0, '10a'],
      ['9d', 1, '9d.1'],
      ['1', 2, '1.0.1'],
      ['1.2a3', 1, '1.2a4'],
      ['1.1l', 1, '1.2a'],
      ['1.2dev', 1, '1.3dev'],
      ['a.b', 0, '1a.b'],
      ['1_2_3', 1, '1_3_3'],
      ['1!1.2', 1, '1!1.3'],
    ];
    for (const [text, index, expected] of rows)
      assert.equal(String(version(text).bumped(index)), expected, text);
  });

  it('starts with its alphas', () => {
    assert.equal(String(version('1.3').withAlpha()), '1.3.0a0');
    assert.equal(String(version('10a').withAlpha()), '10a');
    assert.equal(String(version('1.3_').withAlpha()), '1.3.0a0');
    assert.ok(version('1.3.0a0').compare(version('1.3.0a1')) < 0);
  });
});
