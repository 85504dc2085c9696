/** Texts with expressions, blocks and comments. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExpressionError } from '#proto/recipe/expression/errors.ts';
import { evaluateTemplate, renderTemplate } from '#proto/recipe/expression/renderer.ts';
import { parseTemplate } from '#proto/recipe/expression/template.ts';
import type { Value } from '#proto/recipe/expression/values.ts';

const values = new Map<string, Value>([
  ['name', 'foo'],
  ['yes', true],
  [
    'pairs',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
]);
const scope = { get: (name: string) => values.get(name), functions: new Map() };

function render(text: string, kind: 'value' | 'script' = 'value', lenient = false): string {
  const template = parseTemplate(text, kind);
  assert.ok(template.ok, template.ok ? '' : template.failure.message);
  const result = renderTemplate(template.value, scope, {
    undefinedBehavior: lenient ? 'lenient' : 'strict',
  });
  assert.ok(result.ok, result.ok ? '' : result.failure.message);
  return result.value;
}

function failure(text: string, kind: 'value' | 'script' = 'value'): ExpressionError {
  const template = parseTemplate(text, kind);
  const result = template.ok ? renderTemplate(template.value, scope) : template;
  assert.ok(!result.ok, `${text} has a value`);
  return result.failure;
}

describe('a template', () => {
  it('replaces expressions in its text', () => {
    assert.equal(render('a ${{ name }} b ${{ 1 + 1 }}'), 'a foo b 2');
    assert.equal(render("${{ 'a}}b' }}"), 'a}}b');
    assert.equal(render('${{ {"a": {"b": 1}} }}'), '{"a": {"b": 1}}');
    assert.equal(render('{{ name }} ${name} $${{ name }}'), '{{ name }} ${name} $foo');
  });

  it('is plain text as a value without expressions', () => {
    assert.equal(render('{% if %} {# {{ }}'), '{% if %} {# {{ }}');
    assert.equal(render(''), '');
  });

  it('trims white space where a mark asks for it', () => {
    assert.equal(render('q  ${{- name -}}  z'), 'qfooz');
    assert.equal(render('a {%- if yes -%} b {%- endif -%} c', 'script'), 'abc');
    assert.equal(render('a {#- x -#} c', 'script'), 'ac');
  });

  it('has conditionals, loops, assignments and raw text', () => {
    assert.equal(
      render('{% if not yes %}a{% elif name == "foo" %}b{% else %}c{% endif %}', 'script'),
      'b',
    );
    assert.equal(
      render('{% for i in [1, 2] %}${{ i }}${{ loop.last }} {% endfor %}'),
      '1False 2True ',
    );
    assert.equal(render('{% for n, l in pairs if n > 1 %}${{ l }}{% else %}none{% endfor %}'), 'b');
    assert.equal(render('{% for n in [] %}x{% else %}none{% endfor %}', 'script'), 'none');
    assert.equal(render('{% set q = name ~ 1 %}${{ q }}'), 'foo1');
    assert.equal(render('{% raw %}${{ q }}{% endraw %}', 'script'), '${{ q }}');
    assert.equal(render('a{# ${{ nosuch }} #}b'), 'ab');
  });

  it('leaves the length of a shell variable alone', () => {
    assert.equal(render('echo ${#VAR} ${{ name }} ${#X}', 'script'), 'echo ${#VAR} foo ${#X}');
  });

  it('yields a typed value if it is one expression alone', () => {
    const typed = (text: string): unknown => {
      const template = parseTemplate(text);
      assert.ok(template.ok);
      const result = evaluateTemplate(template.value, scope);
      return result.ok ? result.value : result.failure.reason;
    };
    assert.equal(typed('${{ 1 + 1 }}'), 2);
    assert.equal(typed(' ${{ 1 + 1 }}'), ' 2');
    assert.equal(typed('${{ yes }}'), true);
    assert.equal(typed('text'), 'text');
    assert.equal(typed('${{ nosuch }}'), 'undefined');
  });

  it('prints nothing for undefined names in lenient mode', () => {
    assert.equal(render('a${{ nosuch }}b${{ nosuch | lower }}', 'script', true), 'ab');
    assert.equal(render('{% for x in nosuch %}x{% endfor %}', 'script', true), '');
  });
});

describe('a mistake in a template', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['a ${{ nosuch }}', 'nosuch'],
    ['a ${{ name', ''],
    ['a ${{ [1 }}', '}'],
    ['${{ }}', '${{ }}'],
    ['${{ name } }', '}'],
    ['{% if yes %}${{ 1 }}', 'if'],
    ['{% if yes %}${{ 1 }}{% endfor %}', 'endfor'],
    ['${{ 1 }}{% endif %}', 'endif'],
    ['${{ 1 }}{% include "x" %}', 'include'],
    ['${{ 1 }}{# open', '{#'],
    ['${{ 1 }}{% for x of y %}', 'of'],
    ['{% if a %}${{ 1 }}{% else %}{% else %}{% endif %}', 'else'],
  ];
  it('points at its place in the whole text', () => {
    for (const [text, at] of rows) {
      const { span } = failure(text);
      assert.equal(text.slice(span.offset, span.offset + span.length), at, text);
    }
    assert.equal(failure('a ${{ name').span.offset, 10);
  });
});
