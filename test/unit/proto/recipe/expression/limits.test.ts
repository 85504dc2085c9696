/** No expression hangs, overflows the stack or eats the memory: each bound ends in an error of reason `limit`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderTemplate } from '#proto/recipe/expression/renderer.ts';
import { parseTemplate } from '#proto/recipe/expression/template.ts';
import { referencedVariables } from '#proto/recipe/expression/references.ts';

const scope = { get: () => 'x', functions: new Map() };

function reasonOf(text: string): string {
  const template = parseTemplate(text, 'script');
  const result = template.ok ? renderTemplate(template.value, scope) : template;
  return result.ok ? `${result.value.length} characters` : result.failure.reason;
}

const repeat = (text: string, count: number): string => text.repeat(count);
const nestedLoops = (depth: number): string =>
  repeat('{% for i in "aaaaaaaaaa" %}', depth) + 'x' + repeat('{% endfor %}', depth);
const doubled = ['a', 'b']
  .map((name) => `{% set ${name} = [1] %}${repeat(`{% set ${name} = [${name}, ${name}] %}`, 40)}`)
  .join('');

const hostile: Readonly<Record<string, string>> = {
  'brackets in brackets': `\${{ ${repeat('[', 5000)} }}`,
  'parentheses in parentheses': `\${{ ${repeat('(', 200)}1${repeat(')', 200)} }}`,
  'minus before minus': `\${{ ${repeat('-', 5000)}1 }}`,
  'not before not': `\${{ ${repeat('not ', 5000)}a }}`,
  'conditionals in conditionals': `\${{ ${repeat('1 if a else ', 5000)}1 }}`,
  'a chain of operators': `\${{ ${repeat('a ~ ', 100_000)}a }}`,
  'a chain of attributes': `\${{ a${repeat('.b', 100_000)} }}`,
  'a chain of filters': `\${{ a${repeat('|lower', 100_000)} }}`,
  'a long text': '${{ "x" * 100000000 }}',
  'a long list': '${{ [1] * 100000000 }}',
  'loops in loops': nestedLoops(9),
  'blocks in blocks': repeat('{% if a %}', 10_000),
  'a text that doubles': `{% set a = "xxxx" %}${repeat('{% set a = a ~ a %}', 60)}\${{ a }}`,
  'a value that shares its parts, printed': `${doubled}\${{ a }}`,
  'a value that shares its parts, compared': `${doubled}\${{ a == b }}`,
  'replacement by something long': '${{ ("a" * 4000000) | replace("a", "b" * 4000000) }}',
};

describe('a hostile template', () => {
  for (const [title, text] of Object.entries(hostile)) {
    it(`is refused: ${title}`, () => {
      assert.match(reasonOf(text), /^(limit|syntax|undefined)$/);
    });
  }

  it('is searched for variables without recursion', () => {
    const template = parseTemplate(`\${{ ${repeat('a ~ ', 100_000)}b }}`);
    assert.ok(template.ok);
    assert.deepEqual([...referencedVariables(template.value)].toSorted(), ['a', 'b']);
  });

  it('is distinguished from a merely big one', () => {
    assert.equal(reasonOf(`\${{ ${repeat('a ~ ', 400)}a }}`), '401 characters');
    assert.equal(reasonOf(nestedLoops(4)), '10000 characters');
  });
});
