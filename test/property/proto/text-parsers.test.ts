/** Parsers of what users write: any text has a value or an error with a place inside the text; nothing throws. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MatchSpec } from '#proto/conda/match-spec.ts';
import { Version } from '#proto/conda/version.ts';
import { VersionSpec } from '#proto/conda/version-spec.ts';
import { compileGlob, compileListGlob } from '#proto/glob.ts';
import type { ExpressionError } from '#proto/recipe/expression/errors.ts';
import { evaluateExpression } from '#proto/recipe/expression/evaluator.ts';
import { standardFunctions } from '#proto/recipe/expression/functions.ts';
import { parseExpression } from '#proto/recipe/expression/parser.ts';
import { referencedVariables } from '#proto/recipe/expression/references.ts';
import { renderTemplate } from '#proto/recipe/expression/renderer.ts';
import { parseTemplate } from '#proto/recipe/expression/template.ts';

/** Random texts, and texts of pieces that mean something to the parser. */
function texts(...pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...pieces) },
    fc.string({ maxLength: 3 }),
  );
  return fc.oneof(
    { weight: 4, arbitrary: fc.array(piece, { maxLength: 14 }).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  );
}

const expressionPieces = [
  ' ',
  'a',
  'b.c',
  '1',
  '2.5',
  '"x"',
  "'y'",
  '+',
  '-',
  '~',
  '*',
  '/',
  '//',
  '%',
  '**',
  '==',
  '<',
  'in',
  ' not ',
  ' and ',
  ' or ',
  ' if ',
  ' else ',
  ' is ',
  'odd',
  '|',
  'lower',
  'join',
  'default',
  'sort',
  'split',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ':',
  ',',
  '=',
  'true',
  'none',
  'compiler',
  'match',
  'pin_subpackage',
  'env.get',
  '\\',
  '"',
  '\n',
];
const templatePieces = [
  '${{',
  '}}',
  '{{',
  '{%',
  '%}',
  '{#',
  '#}',
  '-',
  ' if ',
  ' endif ',
  ' else ',
  ' elif ',
  ' for ',
  ' in ',
  ' endfor ',
  ' set ',
  ' raw ',
  ' endraw ',
  'text',
  ...expressionPieces,
];

const scope = {
  get: (name: string) => (name === 'a' ? [1, 'x'] : undefined),
  functions: standardFunctions({
    targetPlatform: 'linux-64',
    environmentVariable: () => undefined,
  }),
};

function checkPlace(text: string, { span, message }: ExpressionError): void {
  assert.ok(span.offset >= 0 && span.length >= 0, `${text}: ${message}`);
  assert.ok(span.offset + span.length <= text.length, `${text}: ${message}`);
  assert.ok(message.length > 0);
}

describe('any text', () => {
  it('is an expression, or an error with a place in it', () => {
    fc.assert(
      fc.property(texts(...expressionPieces), (text) => {
        const parsed = parseExpression(text);
        if (!parsed.ok) return checkPlace(text, parsed.failure);
        referencedVariables(parsed.value);
        const result = evaluateExpression(parsed.value, scope);
        if (!result.ok) checkPlace(text, result.failure);
      }),
      { numRuns: 5000 },
    );
  });

  it('is a template, or an error with a place in it', () => {
    fc.assert(
      fc.property(texts(...templatePieces), fc.constantFrom('value', 'script'), (text, kind) => {
        const parsed = parseTemplate(text, kind);
        if (!parsed.ok) return checkPlace(text, parsed.failure);
        referencedVariables(parsed.value);
        const result = renderTemplate(parsed.value, scope, {
          undefinedBehavior: kind === 'script' ? 'lenient' : 'strict',
        });
        if (!result.ok) checkPlace(text, result.failure);
      }),
      { numRuns: 5000 },
    );
  });

  it('is a match spec whose canonical text means the same, or an error', () => {
    const pieces = [
      'foo',
      'conda-forge',
      '::',
      ':',
      '/',
      'linux-64',
      ' ',
      '=',
      '==',
      '>=',
      '<',
      '1.2',
      '.*',
      '*',
      ',',
      '|',
      '(',
      ')',
      'h1_0',
      '[',
      ']',
      'build',
      'version',
      'url',
      '"',
      "'",
      '#',
      'https://x.org/a-1-0.conda',
      '^',
      '$',
      ';',
    ];
    fc.assert(
      fc.property(texts(...pieces), fc.constantFrom('strict', 'lenient'), (text, strictness) => {
        const spec = MatchSpec.parse(text, strictness);
        if (!spec.ok) return assert.ok(spec.failure.length > 0);
        const again = MatchSpec.parse(spec.value.toString(), 'lenient');
        assert.ok(again.ok, `${text} → ${spec.value}`);
        assert.equal(again.value.toString(), spec.value.toString());
      }),
      { numRuns: 5000 },
    );
  });

  it('is a version, a constraint and a glob, or an error', () => {
    const pieces = [
      '1',
      '2',
      '.',
      '_',
      '-',
      '+',
      '!',
      'a',
      'dev',
      'post',
      '*',
      '**',
      '/',
      '?',
      '[',
      ']',
      '{',
      '}',
      ',',
      '|',
      '(',
      ')',
      '=',
      '<',
      '~',
      '\\',
      '^',
    ];
    fc.assert(
      fc.property(texts(...pieces), fc.string({ maxLength: 20 }), (text, path) => {
        Version.parse(text);
        VersionSpec.parse(text, 'lenient');
        for (const compile of [compileGlob, compileListGlob]) {
          const matcher = compile(text);
          if (matcher.ok) assert.equal(typeof matcher.value(path), 'boolean');
        }
      }),
      { numRuns: 5000 },
    );
  });
});
