/** YAML as the recipe format reads it: strict, with places (spec appendix E). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProblemList, SourceText } from '#coordinator/render/problems.ts';
import { entryOf, isNull, parseYaml, type YamlNode } from '#coordinator/render/yaml/document.ts';

function parse(text: string): { node: YamlNode | undefined; messages: string[] } {
  const problems = new ProblemList(new SourceText('f.yaml', text));
  const node = parseYaml(problems);
  return {
    node,
    messages: problems.ofSeverity('error').map(({ line, message }) => `${line}: ${message}`),
  };
}

describe('a YAML document', () => {
  it('keeps the text of scalars and their ranges', () => {
    const { node } = parse("a: 3.10\nb: '3.10'\nc: |\n  x\n");
    assert.ok(node?.kind === 'map');
    const scalars = node.entries.map(
      ({ value }) => value.kind === 'scalar' && [value.text, value.plain, value.block],
    );
    assert.deepEqual(scalars, [
      ['3.10', true, false],
      ['3.10', false, false],
      ['x\n', false, true],
    ]);
    assert.deepEqual(entryOf(node, 'a')?.value.range, { start: 3, end: 7 });
  });

  it('ignores a second document, broken or not', () => {
    assert.equal(parse('a: 1\n---\nb: [').node?.kind, 'map');
  });

  it('tells null from text', () => {
    const { node } = parse('[null, ~, "", "null", x]');
    assert.ok(node?.kind === 'list');
    assert.deepEqual(node.items.map(isNull), [true, true, false, false, false]);
  });

  const refused: readonly (readonly [string, string, string])[] = [
    ['an anchor', 'a: &x 1', '1: YAML anchors and aliases are not part of the format'],
    ['a tag', 'a: !!str 1', '1: YAML tags such as `!!str` are not part of the format'],
    ['a byte order mark', '\uFEFFa: 1', '1: the file starts with a byte order mark'],
    ['a duplicate key', 'a: 1\nb: 2\na: 3', '3: duplicate key `a`'],
    ['a tab as indentation', 'a:\n\tb: 1', '2: invalid YAML: a tab is used for indentation'],
    ['a tab after a colon', 'a:\t1', '1: a tab stands after a colon'],
    ['a mapping as key', 'a: {{ b }}', '1: a key must be a plain word'],
  ];
  for (const [what, text, message] of refused) {
    it(`is refused for ${what}`, () => {
      assert.deepEqual(parse(text).messages, [message]);
    });
  }

  it('accepts tabs inside scripts and before comments', () => {
    assert.deepEqual(parse('a: |\n  x\n  \ty\nb: 1 \t# z\n').messages, []);
  });

  it('is refused, not a crash, when nested too deeply', () => {
    for (const count of [200, 100_000]) {
      assert.match(parse('['.repeat(count)).messages.join(), /nested deeper|invalid YAML/);
    }
    assert.match(parse(`${'['.repeat(200)}${']'.repeat(200)}`).messages.join(), /nested deeper/);
  });
});
