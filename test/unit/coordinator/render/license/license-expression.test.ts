import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { licenseProblem } from '#coordinator/render/license/license-expression.ts';

describe('licenseProblem', () => {
  for (const text of [
    'MIT',
    'MIT or BSD-3-Clause',
    'MIT OR BSD-3-Clause',
    '(MIT AND (Apache-2.0 OR ISC))',
    'GPL-2.0-or-later WITH Classpath-exception-2.0',
    'Apache-2.0+',
    'LicenseRef-Our-Own',
    'DocumentRef-here:LicenseRef-Our-Own',
    'MIT WITH AdditionRef-ours',
    'NOASSERTION',
    'MIT  AND   ISC',
  ]) {
    it(`accepts ${text}`, () => {
      assert.equal(licenseProblem(text), undefined);
    });
  }

  for (const [text, offset, message] of [
    ['mit', 0, /`mit` is not a licence/],
    ['GPL-3.0+', 0, /deprecated/],
    ['GPL-3.0-or-later+', 16, /can't follow/],
    ['LicenseRef-Foo bar', 15, /follows without/],
    ['MIT/ISC', 3, /can't stand/],
    ['MIT AND', 7, /expected here/],
    ['MIT OR (ISC', 7, /not closed/],
    ['MIT WITH nothing', 9, /not an exception/],
    ['()', 1, /expected before/],
    ['MIT)', 3, /not expected/],
    ['', 0, /expected here/],
    ['AdditionRef-x', 0, /not a licence/],
  ] as const) {
    it(`refuses \`${text}\` at its place`, () => {
      const problem = licenseProblem(text);
      assert.equal(problem?.offset, offset);
      assert.match(problem.message, message);
    });
  }

  it('names the licences that are likely meant', () => {
    assert.match(licenseProblem('GPL-3.0')?.help ?? '', /`GPL-3.0-only` or `GPL-3.0-or-later`/);
    assert.match(licenseProblem('Apache 2.0')?.help ?? '', /did you mean `Apache-2.0`/);
    assert.match(licenseProblem('BSD 3-Clause')?.help ?? '', /did you mean `BSD-3-Clause`/);
    assert.match(licenseProblem('mit')?.help ?? '', /did you mean `MIT`/);
  });

  it('ends on hostile texts', () => {
    assert.match(licenseProblem('('.repeat(4000))?.message ?? '', /parentheses deep/);
    assert.match(licenseProblem('MIT OR '.repeat(5000))?.message ?? '', /characters/);
  });
});
