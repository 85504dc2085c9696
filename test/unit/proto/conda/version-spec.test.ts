/** Constraints on versions: reading, canonical form, meaning. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Version } from '#proto/conda/version.ts';
import { VersionSpec } from '#proto/conda/version-spec.ts';

function canonical(text: string, strictness: 'strict' | 'lenient'): string | null {
  const spec = VersionSpec.parse(text, strictness);
  return spec.ok ? spec.value.toString() : null;
}

function allows(spec: string, version: string): boolean {
  const parsed = VersionSpec.parse(spec, 'strict');
  const candidate = Version.parse(version);
  assert.ok(parsed.ok && candidate.ok, `${spec} ${version}`);
  return parsed.value.matches(candidate.value);
}

describe('a version constraint', () => {
  it('has one canonical form', () => {
    const rows: readonly (readonly [string, string])[] = [
      ['=1.2', '1.2.*'],
      ['1.2*', '1.2.*'],
      ['1.2.*', '1.2.*'],
      ['==1.2', '==1.2'],
      ['!=1.2*', '!=1.2.*'],
      ['*', '*'],
      ['*.*', '*'],
      ['>=1,<2|>3', '>=1,<2|>3'],
      ['(>=1|<0.5),>0', '(>=1|<0.5),>0'],
      ['((>1,<2)|>3),<9', '(>1,<2|>3),<9'],
      ['<2,>=1,>=1', '<2,>=1,>=1'],
      ['>=01.2RC1', '>=1.2rc1'],
      ['~=1.2', '~=1.2'],
    ];
    for (const [text, expected] of rows) {
      assert.equal(canonical(text, 'strict'), expected, text);
      assert.equal(canonical(expected, 'strict'), expected, text);
    }
  });

  it('is read strictly in recipes, leniently in published packages', () => {
    const rows: readonly (readonly [string, string])[] = [
      ['1.2', '==1.2'],
      ['1.2|1.3', '==1.2|==1.3'],
      ['=1.2.*', '1.2.*'],
      ['==1.2.*', '1.2.*'],
      ['>=1.2.*', '>=1.2'],
      ['>1.2.*', '>=1.2'],
      ['<=1.2*', '<=1.2'],
      ['=*', '*'],
      ['1.2.*.*', '1.2.*'],
    ];
    for (const [text, expected] of rows) {
      assert.equal(canonical(text, 'strict'), null, text);
      assert.equal(canonical(text, 'lenient'), expected, text);
    }
  });

  it('is refused where it makes no sense', () => {
    for (const text of [
      '',
      '|',
      '>=1,',
      ',>=1',
      '=>1',
      '><1',
      '===1',
      '!~=1',
      '>=',
      '(>1',
      '>1)',
      '^1.2$',
      '1.*.2',
      '.*',
      '>=1 ,<2',
      '!=*',
      `${'('.repeat(30)}>1${')'.repeat(30)}`,
      `>=${'1.'.repeat(1000)}`,
    ]) {
      assert.equal(canonical(text, 'strict'), null, text);
      assert.equal(canonical(text, 'lenient'), null, text);
    }
  });

  it('says what to write instead', () => {
    const spec = VersionSpec.parse('1.2', 'strict');
    assert.ok(!spec.ok);
    assert.equal(spec.failure, '`1.2` has no comparison: write `==1.2` or `1.2.*`');
  });

  it('allows the versions it describes', () => {
    const rows: readonly (readonly [string, string, string])[] = [
      ['>=1.2,<2', '1.2 1.2.0 1.9', '1.1 2 1.2rc1'],
      ['1.2.*', '1.2 1.2.3 1.2a', '1.20 1.3 1!1.2'],
      ['!=1.2.*', '1.3', '1.2.5'],
      ['~=1.2.3', '1.2.3 1.2.9', '1.2.2 1.3'],
      ['==1.2', '1.2 1.2.0', '1.2.1 1.2+1'],
      ['<1|>2', '0.9 3', '1 1.5 2'],
      ['(<1|>2),!=3', '0.9 4', '3 1.5'],
      ['*', '0 1!9', ''],
    ];
    for (const [spec, yes, no] of rows) {
      for (const version of yes.split(' '))
        assert.equal(allows(spec, version), true, `${spec} allows ${version}`);
      for (const version of no.split(' ').filter((text) => text !== ''))
        assert.equal(allows(spec, version), false, `${spec} refuses ${version}`);
    }
    assert.equal(allows('<2', '2.0a'), true);
  });
});
