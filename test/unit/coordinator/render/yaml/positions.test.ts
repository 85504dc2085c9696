/** Places inside scalars, as written in the file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProblemList, SourceText } from '#coordinator/render/problems.ts';
import { parseYaml } from '#coordinator/render/yaml/document.ts';
import { rangeInScalar } from '#coordinator/render/yaml/positions.ts';
import { parseInteger, scalarValue } from '#coordinator/render/yaml/scalars.ts';

/** What stands in the file where `word` stands in the value of `a`. */
function placeOf(source: string, word: string): string {
  const node = parseYaml(new ProblemList(new SourceText('f', source)));
  assert.ok(node?.kind === 'map');
  const [entry] = node.entries;
  assert.ok(entry?.value.kind === 'scalar');
  const offset = entry.value.text.indexOf(word);
  const range = rangeInScalar(entry.value, source, { offset, length: word.length });
  return source.slice(range.start, range.end);
}

describe('a place in a scalar', () => {
  for (const [kind, source] of Object.entries({
    plain: 'a: one WORD two',
    quoted: "a: 'one WORD two'",
    'double-quoted': 'a: "one WORD two"',
    'literal block': 'a: |\n  first\n\n    one WORD two\nb: 1\n',
    'literal block with a header': 'a: |2-  # note\n  first\n   one WORD\r\nb: 1\n',
  })) {
    it(`is exact in a ${kind} one`, () => assert.equal(placeOf(source, 'WORD'), 'WORD'));
  }

  it('is the whole scalar where escapes move text', () => {
    assert.equal(placeOf('a: "\\u0041 WORD"', 'WORD'), '"\\u0041 WORD"');
  });
});

describe('a plain scalar', () => {
  const plain = (text: string) =>
    scalarValue({ kind: 'scalar', text, plain: true, block: false, range: { start: 0, end: 0 } });

  it('is an integer, a boolean, or text', () => {
    assert.deepEqual(['010', '-3', 'True', 'FALSE', '3.10', '1e3', 'null', ''].map(plain), [
      10,
      -3,
      true,
      false,
      '3.10',
      '1e3',
      'null',
      '',
    ]);
  });

  it('stays text where a double can’t hold it', () => {
    assert.equal(parseInteger('9007199254740993'), undefined);
    assert.equal(plain('9007199254740993'), '9007199254740993');
  });
});
