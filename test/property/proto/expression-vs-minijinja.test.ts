/**
 * Generated expressions mean the same here and in minijinja. Operands are variables, not literals (the
 * oracle's constant folding has faults of its own), every operator stands in parentheses (it doesn't chain
 * comparisons), and its lower-case `true` and `none` are this language's `True` and `None`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import minijinja from 'minijinja-js';
import type { ExpressionError } from '#proto/recipe/expression/errors.ts';
import { renderTemplate } from '#proto/recipe/expression/renderer.ts';
import { parseTemplate } from '#proto/recipe/expression/template.ts';
import type { Value } from '#proto/recipe/expression/values.ts';
import type { Result } from '#proto/result.ts';

const variables = {
  one: 1,
  three: 3,
  minus: -2,
  zero: 0,
  half: 0.5,
  hello: 'Hello World',
  empty: '',
  list: [3, 1, 2],
  words: ['b', 'A', 'a', 'b'],
  nothing: [] as number[],
  yes: true,
  no: false,
  nil: null,
  digits: '42',
};
const values = new Map<string, Value>([
  ...Object.entries(variables),
  ['map', new Map<string, Value>([['a', 1]])],
]);
const oracleVariables = { ...variables, map: { a: 1 } };
const scope = { get: (name: string) => values.get(name), functions: new Map() };

const leaf = fc.constantFrom(...values.keys());
const binary = [
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '~',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'not in',
  'and',
  'or',
];
const filters = [
  'lower',
  'upper',
  'abs',
  'bool',
  'length',
  'list',
  'join("-")',
  'first',
  'last',
  'min',
  'max',
  'reverse|list',
  'sort',
  'unique|list',
  'trim',
  'trim("HAb")',
  'int',
  'default("z")',
  'default("z", true)',
  'replace("l", "LL")',
  'split(",")|list',
];
const tests = [
  'defined',
  'none',
  'odd',
  'even',
  'number',
  'integer',
  'float',
  'string',
  'true',
  'false',
  'not none',
  'eq(1)',
  'lt(2)',
  'in([1, "a"])',
];
const subscripts = ['[0]', '[-1]', '[1:]|list', '[:2]|list', '[::2]|list', '["a"]', '.a'];

const expression = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc
      .tuple(tie('any'), fc.constantFrom(...binary), tie('any'))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(tie('any'), fc.constantFrom(...filters))
      .map(([operand, name]) => `(${operand}|${name})`),
    fc
      .tuple(tie('any'), fc.constantFrom(...tests))
      .map(([operand, name]) => `(${operand} is ${name})`),
    fc
      .tuple(tie('any'), fc.constantFrom(...subscripts))
      .map(([operand, part]) => `((${operand})${part})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([a, b, c]) => `(${a} if ${b} else ${c})`),
    tie('any').map((operand) => `(not ${operand})`),
    tie('any').map((operand) => `(-${operand})`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `[${a}, ${b}]`),
  ),
})).any;

const oracle = new minijinja.Environment();
oracle.undefinedBehavior = 'strict';

function theirs(text: string): string | undefined {
  try {
    return oracle.renderStr(`{{ ${text} }}`, oracleVariables);
  } catch {
    return undefined;
  }
}

function ours(text: string): Result<string, ExpressionError> {
  const template = parseTemplate(`\${{ ${text} }}`);
  assert.ok(template.ok, text);
  return renderTemplate(template.value, scope);
}

describe('generated expressions', () => {
  it('give the text that minijinja gives, or fail where it fails', () => {
    let compared = 0;
    fc.assert(
      fc.property(expression, (text) => {
        const mine = ours(text);
        // This version of the oracle lets what is not defined pass in many places where newer ones refuse it.
        fc.pre(mine.ok || mine.failure.reason !== 'undefined');
        const other = theirs(text);
        if (mine.ok) compared += 1;
        // Texts made from booleans differ in case alone.
        assert.equal(mine.ok ? mine.value.toLowerCase() : undefined, other?.toLowerCase(), text);
      }),
      { numRuns: 3000, seed: 20_260_820 },
    );
    assert.ok(compared > 1000, `only ${compared} expressions had a value`);
  });
});
