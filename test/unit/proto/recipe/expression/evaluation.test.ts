/** Expressions and what they yield: a table per part of the language, errors with the place they point at. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateExpression } from '#proto/recipe/expression/evaluator.ts';
import { parseExpression } from '#proto/recipe/expression/parser.ts';
import { Float, renderValue, type Value } from '#proto/recipe/expression/values.ts';

const values = new Map<string, Value>([
  ['name', 'foo'],
  ['version', '1.2.3'],
  ['number', 3],
  ['list', [3, 1, 2]],
  ['map', new Map<string, Value>([['a', 1]])],
  ['yes', true],
  ['nil', null],
]);
const scope = { get: (name: string) => values.get(name), functions: new Map() };

function textOf(expression: string): string {
  const parsed = parseExpression(expression);
  assert.ok(parsed.ok, `${expression}: ${parsed.ok ? '' : parsed.failure.message}`);
  const result = evaluateExpression(parsed.value, scope);
  assert.ok(result.ok, `${expression}: ${result.ok ? '' : result.failure.message}`);
  return renderValue(result.value);
}

function failureOf(expression: string): { reason: string; at: string; message: string } {
  const parsed = parseExpression(expression);
  const result = parsed.ok ? evaluateExpression(parsed.value, scope) : parsed;
  assert.ok(!result.ok, `${expression} has a value`);
  const { reason, span, message } = result.failure;
  return { reason, at: expression.slice(span.offset, span.offset + span.length), message };
}

const table: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'numbers keep apart integers and floats': [
    ['10 / 4', '2.5'],
    ['10 / 5', '2.0'],
    ['7 // 2', '3'],
    ['7.5 // 2', '3.0'],
    ['-7 // 2', '-4'],
    ['-7 % 3', '2'],
    ['7 % -3', '1'],
    ['2 ** 3 ** 2', '64'],
    ['-2 ** 2', '4'],
    ['1_000 + 0x10 + 0b11', '1019'],
    ['1e3', '1000.0'],
    ['1e21', '1000000000000000000000.0'],
    ['1.5e-7', '0.00000015'],
    ['0.1 + 0.2', '0.30000000000000004'],
    ['true + 1', '2'],
    ['1 / 0', 'inf'],
  ],
  'values print as Python prints them': [
    ['true', 'True'],
    ['False', 'False'],
    ['none', 'None'],
    ['[1, "a", 1.0, none, true]', '[1, "a", 1.0, None, True]'],
    ['{"a": [1], 2: "x"}', '{"a": [1], 2: "x"}'],
    ['(1,)', '[1]'],
    ['()', '[]'],
  ],
  'operators bind as in minijinja': [
    ['not true and false', 'False'],
    ['not 1 in [1]', 'False'],
    ['1 not in [1]', 'False'],
    ['-3 | abs', '3'],
    ['1 + 1 ~ "x"', 'error'],
    ['1 if 0 else 2 if 1 else 3', '2'],
    ['"a" | upper ~ "b" | upper', 'AB'],
    ['list | length > 2', 'True'],
    ['1 < 2 < 3', 'True'],
    ['1 < 3 < 2', 'False'],
    ['3 > 2 > 1 == true', 'True'],
    ['0 or "x"', 'x'],
    ['yes and number', '3'],
    ['"a" "b"', 'ab'],
  ],
  'texts join, repeat and slice': [
    ['name ~ "-" ~ number', 'foo-3'],
    ['"a" + "b"', 'ab'],
    ['"ab" * 2 ~ 2 * "c"', 'ababcc'],
    ['name[0] ~ name[-1]', 'fo'],
    ['"Hello"[1:3]', 'el'],
    ['"Hello"[::-1]', 'olleH'],
    ['"Hello"[10:]', ''],
    ['"Hello"[-2:]', 'lo'],
    ['"a\\nb\\u00e9\\x41"', 'a\nbéA'],
    ['"\\d+"', '\\d+'],
  ],
  'comparison and containment look at content': [
    ['1 == 1.0', 'True'],
    ['[1] + [2] == [1, 2]', 'True'],
    ['{"a": 1} == {"a": 1.0}', 'True'],
    ['"a" in "abc"', 'True'],
    ['"a" in map', 'True'],
    ['[1] < [2]', 'True'],
    ['"é" < "z"', 'False'],
    ['1 == "1"', 'False'],
  ],
  'filters are those of recipes': [
    ['version | version_to_buildstring', '12'],
    ['"3.11.* *_cpython" | version_to_buildstring', '311'],
    ['version | split(".") | first', '1'],
    ['version | split(".", 1) | last', '2.3'],
    ['" a  b " | split', '["a", "b"]'],
    ['version | replace(".", "_")', '1_2_3'],
    ['list | sort | join(",")', '1,2,3'],
    ['list | sort(reverse=true)', '[3, 2, 1]'],
    ['["b", "A", "a"] | sort', '["A", "a", "b"]'],
    ['["b", "A", "a"] | unique', '["b", "A"]'],
    ['["b", "a"] | min', 'a'],
    ['[] | max is defined', 'False'],
    ['"xax" | trim("x")', 'a'],
    ['"3.7" | int', '3'],
    ['nosuch | default("x")', 'x'],
    ['"" | default("x", true)', 'x'],
    ['nil | default("x")', 'None'],
    ['map | length', '1'],
    ['"false" | bool', 'True'],
    ['name | reverse', 'oof'],
    ['name | list', '["f", "o", "o"]'],
  ],
  'tests are those of recipes': [
    ['nosuch is defined', 'False'],
    ['nosuch is undefined', 'True'],
    ['name is string and number is integer and 1.0 is float', 'True'],
    ['number is odd', 'True'],
    ['name is startingwith "f"', 'True'],
    ['name is endingwith("x")', 'False'],
    ['number is in [3]', 'True'],
    ['number is not in [3]', 'False'],
    ['number is lt 4', 'True'],
    ['number is >= 4', 'False'],
    ['nil is none', 'True'],
    ['list is sequence', 'True'],
    ['name is safe', 'False'],
    ['yes is boolean', 'True'],
  ],
  'what an inline-if leaves out prints as nothing': [
    ['("x" if false) ~ "y"', 'y'],
    ['["a" if false, "b"] | join("-")', '-b'],
    ['"x" if false', ''],
  ],
};

describe('the value of an expression', () => {
  for (const [title, rows] of Object.entries(table)) {
    it(title, () => {
      for (const [expression, expected] of rows) {
        if (expected === 'error') assert.equal(failureOf(expression).reason, 'type', expression);
        else assert.equal(textOf(expression), expected, expression);
      }
    });
  }

  it('keeps its type', () => {
    const valueOf = (text: string): unknown => {
      const parsed = parseExpression(text);
      assert.ok(parsed.ok);
      const result = evaluateExpression(parsed.value, scope);
      return result.ok ? result.value : result.failure;
    };
    assert.equal(valueOf('1 + 1'), 2);
    assert.deepEqual(valueOf('4 / 2'), new Float(2));
    assert.equal(valueOf('"1"'), '1');
    assert.equal(valueOf('1 == 1'), true);
    assert.equal(valueOf('none'), null);
    assert.equal(valueOf('"x" if false'), undefined);
  });
});

describe('a mistake in an expression', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['nosuch', 'undefined', 'nosuch'],
    ['1 + nosuch', 'undefined', 'nosuch'],
    ['not nosuch', 'undefined', 'nosuch'],
    ['nosuch == 1', 'undefined', 'nosuch'],
    ['[nosuch]', 'undefined', 'nosuch'],
    ['nosuch | lower', 'undefined', 'nosuch'],
    ['map.b.c', 'undefined', 'map.b'],
    ['list[7]', 'undefined', 'list[7]'],
    ['("x" if no_such_thing)', 'undefined', 'no_such_thing'],
    ['name | round', 'unknown-name', 'round'],
    ['name is mapping', 'unknown-name', 'mapping'],
    ['name.split(".")', 'unknown-name', 'name.split'],
    ['range(3)', 'unknown-name', 'range'],
    ['"a" - 1', 'type', '"a" - 1'],
    ['1 // 0', 'type', '1 // 0'],
    ['"x" | int', 'type', '"x" | int'],
    ['name | trim(1, 2)', 'type', 'name | trim(1, 2)'],
    ['name | trim(nosuch=1)', 'type', 'name | trim(nosuch=1)'],
    ['1 +', 'syntax', ''],
    ['', 'syntax', ''],
    ['a b', 'syntax', 'b'],
    ['(1', 'syntax', ''],
    ['[1 2]', 'syntax', '2'],
    ['"abc', 'syntax', '"abc'],
    ['1 § 2', 'syntax', '§'],
    ['a && b', 'syntax', '&'],
    ['!a', 'syntax', '!'],
    ['f(a=1, a=2)', 'syntax', '='],
    ['f(a=1, 2)', 'syntax', ')'],
    ['9007199254740993', 'limit', '9007199254740993'],
    ['2 ** 60', 'limit', '2 ** 60'],
  ];
  it('has a reason and points at its place', () => {
    for (const [expression, reason, at] of rows) {
      const { message: _message, ...found } = failureOf(expression);
      if (expression.startsWith('f(a=1, a')) assert.equal(found.reason, reason);
      else assert.deepEqual(found, { reason, at }, expression);
    }
  });

  it('names what is missing', () => {
    assert.equal(failureOf('nosuch | lower').message, '`nosuch` is not defined');
    assert.equal(failureOf('map.b').message, 'there is no attribute `b`');
  });
});
