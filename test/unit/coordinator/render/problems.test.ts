/** Places, excerpts and the printed form of problems. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblem, ProblemList, SourceText } from '#coordinator/render/problems.ts';

const source = new SourceText('recipe.yaml', 'a: 1\r\nbcd: two\n\nlast');

describe('a source text', () => {
  it('knows line and column of an offset', () => {
    assert.deepEqual(source.position(0), { line: 1, column: 1 });
    assert.deepEqual(source.position(6), { line: 2, column: 1 });
    assert.deepEqual(source.position(11), { line: 2, column: 6 });
    assert.deepEqual(source.position(1000), { line: 4, column: 5 });
  });

  it('gives lines without their breaks', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((line) => source.lineText(line)),
      ['a: 1', 'bcd: two', '', 'last', ''],
    );
  });

  it('underlines at most to the end of the first line', () => {
    const problem = source.problem({ message: 'm', range: { start: 11, end: 20 } });
    assert.equal(problem.length, 3);
    assert.equal(problem.excerpt, 'bcd: two');
  });
});

describe('a list of problems', () => {
  it('keeps the same problem at the same place once, and sorts by place', () => {
    const list = new ProblemList(source);
    list.report({ message: 'second', range: { start: 6, end: 7 } });
    list.report({ message: 'first', range: { start: 0, end: 1 } });
    list.report({ message: 'first', range: { start: 0, end: 1 } });
    list.report({ message: 'aside', severity: 'notice' });
    assert.equal(list.errorCount, 2);
    assert.deepEqual(
      list.ofSeverity('error').map(({ message }) => message),
      ['first', 'second'],
    );
    assert.deepEqual(
      list.ofSeverity('notice').map(({ message }) => message),
      ['aside'],
    );
  });
});

describe('a printed problem', () => {
  it('shows place, excerpt, underline and help', () => {
    const problem = source.problem({
      message: 'odd',
      range: { start: 11, end: 14 },
      help: 'do\nthis',
    });
    assert.equal(
      formatProblem(problem),
      [
        'error[RECIPE_INVALID]: odd',
        ' --> recipe.yaml:2:6',
        '  |',
        '2 | bcd: two',
        '  |      ^^^',
        '  = help: do',
        '          this',
      ].join('\n'),
    );
  });

  it('names the file where there is no place', () => {
    const text = formatProblem(source.problem({ message: 'odd', code: 'VARIANT_INVALID' }));
    assert.equal(text, 'error[VARIANT_INVALID]: odd\n  --> recipe.yaml');
  });

  it('cuts a long line around the place', () => {
    const long = new SourceText('f', `${'x'.repeat(1000)}HERE${'y'.repeat(1000)}`);
    const text = formatProblem(long.problem({ message: 'm', range: { start: 1000, end: 1004 } }));
    const [, , , line = '', underline = ''] = text.split('\n');
    assert.ok(line.length < 200);
    assert.equal(line.slice(underline.indexOf('^'), underline.lastIndexOf('^') + 1), 'HERE');
  });
});
