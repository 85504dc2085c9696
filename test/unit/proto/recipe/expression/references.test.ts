/** Which variables an expression or template uses: by its tree, and as told while it is evaluated. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateExpression } from '#proto/recipe/expression/evaluator.ts';
import { standardFunctions } from '#proto/recipe/expression/functions.ts';
import { parseExpression } from '#proto/recipe/expression/parser.ts';
import { referencedVariables } from '#proto/recipe/expression/references.ts';
import { parseTemplate } from '#proto/recipe/expression/template.ts';

function inExpression(text: string): string[] {
  const parsed = parseExpression(text);
  assert.ok(parsed.ok, text);
  return [...referencedVariables(parsed.value)].toSorted();
}

function inTemplate(text: string): string[] {
  const parsed = parseTemplate(text, 'script');
  assert.ok(parsed.ok, text);
  return [...referencedVariables(parsed.value)].toSorted();
}

function accessed(text: string): string[] {
  const parsed = parseExpression(text);
  assert.ok(parsed.ok, text);
  const names = new Set<string>();
  evaluateExpression(parsed.value, {
    get: (name) => (name === 'a' ? 'x' : undefined),
    functions: standardFunctions({
      targetPlatform: 'linux-64',
      environmentVariable: () => undefined,
    }),
    accessed: (name) => names.add(name),
  });
  return [...names].toSorted();
}

describe('variables in the tree', () => {
  it('are found everywhere', () => {
    assert.deepEqual(inExpression('a + b * [c, {d: e}][f:g:h] if i and not -j else k.l[m]'), [
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
      'g',
      'h',
      'i',
      'j',
      'k',
      'm',
    ]);
    assert.deepEqual(inExpression('a | default(b) is eq(c) < d < e'), 'abcde'.split(''));
    assert.deepEqual(inExpression('match(a, b ~ ">1")'), ['a', 'b']);
    assert.deepEqual(inExpression('"a" ~ 1'), []);
  });

  it('are not the names of functions, filters, tests, arguments and attributes', () => {
    assert.deepEqual(inExpression('env.get("X", default=a)'), ['a']);
    assert.deepEqual(inExpression('pin_subpackage(name, upper_bound="x") | lower'), ['name']);
    assert.deepEqual(inExpression('a is defined and b.c'), ['a', 'b']);
  });

  it('include what functions read', () => {
    assert.deepEqual(inExpression('compiler("c")'), [
      'CONDA_BUILD_SYSROOT',
      'c_compiler',
      'c_compiler_version',
    ]);
    assert.deepEqual(inExpression("stdlib('c')"), [
      'CONDA_BUILD_SYSROOT',
      'c_stdlib',
      'c_stdlib_version',
    ]);
    assert.deepEqual(inExpression('compiler(lang)'), ['CONDA_BUILD_SYSROOT', 'lang']);
    assert.deepEqual(inExpression('cdt("x")'), ['cdt_name']);
  });

  it('are those of all branches of a template, its own left out', () => {
    assert.deepEqual(
      inTemplate('${{ a }}{% if b %}${{ c }}{% elif d %}{% else %}${{ e }}{% endif %}'),
      'abcde'.split(''),
    );
    assert.deepEqual(
      inTemplate('{% for x in xs if x > y %}${{ x ~ loop.index ~ z }}{% endfor %}'),
      ['xs', 'y', 'z'],
    );
    assert.deepEqual(inTemplate('{% set a = a ~ b %}${{ a }}'), ['a', 'b']);
    assert.deepEqual(inTemplate('{% if c %}{% set a = 1 %}{% endif %}${{ a }}'), ['a', 'c']);
    assert.deepEqual(inTemplate('{# ${{ a }} #}{% raw %}${{ b }}{% endraw %}'), []);
  });
});

describe('variables reported by an evaluation', () => {
  it('are those of the branch taken', () => {
    assert.deepEqual(accessed('b if a == "x" else c'), ['a', 'b']);
    assert.deepEqual(accessed('a or b'), ['a']);
    assert.deepEqual(accessed('nosuch is defined'), ['nosuch']);
  });

  it('include what functions read', () => {
    assert.deepEqual(accessed('compiler("c")'), [
      'CONDA_BUILD_SYSROOT',
      'c_compiler',
      'c_compiler_version',
    ]);
    assert.deepEqual(accessed('compiler("c" ~ "xx")'), [
      'CONDA_BUILD_SYSROOT',
      'cxx_compiler',
      'cxx_compiler_version',
    ]);
  });
});
