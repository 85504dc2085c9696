/** The functions of recipes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateExpression } from '#proto/recipe/expression/evaluator.ts';
import { standardFunctions } from '#proto/recipe/expression/functions.ts';
import { parseExpression } from '#proto/recipe/expression/parser.ts';
import { isPin, renderValue, type Value } from '#proto/recipe/expression/values.ts';

interface Setting {
  readonly platform?: string;
  readonly variables?: Readonly<Record<string, Value>>;
  readonly lenient?: boolean;
}

function evaluate(
  text: string,
  { platform = 'linux-64', variables = {}, lenient = false }: Setting = {},
) {
  const parsed = parseExpression(text);
  assert.ok(parsed.ok, text);
  const scope = {
    get: (name: string) => variables[name],
    functions: standardFunctions({
      targetPlatform: platform,
      environmentVariable: (name) => (name === 'HOME' ? '/users/me' : undefined),
    }),
  };
  return evaluateExpression(parsed.value, scope, {
    undefinedBehavior: lenient ? 'lenient' : 'strict',
  });
}

function value(text: string, setting?: Setting): string {
  const result = evaluate(text, setting);
  assert.ok(result.ok, result.ok ? '' : result.failure.message);
  return renderValue(result.value);
}

function refusal(text: string, setting?: Setting): string {
  const result = evaluate(text, setting);
  assert.ok(!result.ok, text);
  assert.equal(result.failure.reason, 'function', text);
  return result.failure.message;
}

describe('compiler and stdlib', () => {
  it('fall back to the usual compiler of the platform', () => {
    const rows: readonly (readonly [string, string, string])[] = [
      ['linux-64', 'c', 'gcc_linux-64'],
      ['linux-64', 'cxx', 'gxx_linux-64'],
      ['linux-aarch64', 'fortran', 'gfortran_linux-aarch64'],
      ['osx-arm64', 'cxx', 'clangxx_osx-arm64'],
      ['osx-64', 'fortran', 'gfortran_osx-64'],
      ['iossimulator-arm64', 'c', 'clang_iossimulator-arm64'],
      ['win-64', 'c', 'vs2022_win-64'],
      ['win-64', 'fortran', 'flang_win-64'],
      ['emscripten-wasm32', 'c', 'emscripten_emscripten-wasm32'],
      ['linux-64', 'rust', 'rust_linux-64'],
    ];
    for (const [platform, language, expected] of rows)
      assert.equal(value(`compiler('${language}')`, { platform }), expected);
  });

  it('take name and version from the variant', () => {
    const variables = {
      c_compiler: 'gcc',
      c_compiler_version: 13,
      c_stdlib: 'sysroot',
      c_stdlib_version: '2.17',
    };
    assert.equal(value("compiler('c')", { variables }), 'gcc_linux-64 =13');
    assert.equal(value("stdlib('c')", { variables }), 'sysroot_linux-64 =2.17');
    assert.equal(
      value("compiler('c')", { variables: { c_compiler_version: '>=12,<14' } }),
      'gcc_linux-64 >=12,<14',
    );
  });

  it('refuse a standard library that nobody named', () => {
    assert.match(refusal("stdlib('c')"), /c_stdlib/);
    assert.equal(value("stdlib('c')", { lenient: true }), 'undefined');
  });
});

describe('pins', () => {
  const pin = (text: string): unknown => {
    const result = evaluate(text);
    assert.ok(result.ok && isPin(result.value), text);
    return result.value.dependency;
  };
  it('carry their arguments as written', () => {
    assert.deepEqual(pin("pin_subpackage('Foo')"), { pin_subpackage: { name: 'Foo' } });
    assert.deepEqual(pin("pin_compatible('foo', lower_bound='x.x', upper_bound=none)"), {
      pin_compatible: { name: 'foo', lower_bound: 'x.x', upper_bound: null },
    });
    assert.deepEqual(pin("pin_subpackage('foo', exact=True)"), {
      pin_subpackage: { name: 'foo', exact: true },
    });
    assert.deepEqual(pin("pin_subpackage('foo', lower_bound=1.2, build='h*')"), {
      pin_subpackage: { name: 'foo', lower_bound: '1.2', build: 'h*' },
    });
  });
  it('refuse contradictions, old names and unknown ones', () => {
    assert.match(
      refusal("pin_subpackage('foo', exact=True, upper_bound='x')"),
      /excludes `upper_bound`/,
    );
    assert.match(refusal("pin_subpackage('foo', max_pin='x')"), /`upper_bound`/);
    assert.match(refusal("pin_subpackage('foo', nosuch=1)"), /`nosuch`/);
    assert.match(refusal("pin_subpackage('foo', 'x.x')"), /by name/);
    assert.match(refusal('pin_subpackage()'), /needs a text/);
    assert.match(refusal("pin_subpackage('foo', upper_bound='x..x')"), /upper_bound/);
  });
});

describe('match', () => {
  it('compares the version in a variant value', () => {
    const python = { python: '3.11.* *_cpython' };
    assert.equal(value("match(python, '>=3.10')", { variables: python }), 'True');
    assert.equal(value("match(python, '>=3.9, <3.11')", { variables: python }), 'False');
    assert.equal(value("match(python, '3.11.*')", { variables: { python: '3.11' } }), 'True');
    assert.equal(value("match(number, '==3')", { variables: { number: 3 } }), 'True');
  });
  it('is true where the variant has no such value', () => {
    assert.equal(value("match(python, '>=3.10')"), 'True');
    assert.equal(value("match(none, '>=3.10')"), 'True');
  });
  it('refuses a constraint without comparison, and replaces `cmp`', () => {
    assert.match(refusal("match('3.8', '3.8')"), /no comparison/);
    assert.match(refusal("cmp('3.8', '>=3.8')"), /`match`/);
  });
});

describe('other functions', () => {
  it('name core dependency tree packages', () => {
    assert.equal(value("cdt('libx11-devel')"), 'libx11-devel-cos6-x86_64');
    assert.equal(value("cdt('libx11 1.2')"), 'libx11-cos6-x86_64 1.2');
    assert.equal(value("cdt('x')", { platform: 'linux-ppc64le' }), 'x-cos7-ppc64le');
    assert.equal(value("cdt('x')", { platform: 'linux-32' }), 'x-cos6-i686');
    assert.equal(
      value("cdt('x')", { variables: { cdt_name: 'conda', cdt_arch: 'q' } }),
      'x-conda-q',
    );
  });
  it('ask for the kind of a platform', () => {
    assert.equal(
      value("is_linux('linux-64') and is_unix('osx-64') and is_windows('win-64')"),
      'True',
    );
    assert.equal(value("is_ios('iossimulator-64') and is_android('android-64')"), 'True');
    assert.equal(value("is_osx('linux-64') or is_unix('win-64')"), 'False');
  });
  it('read the environment', () => {
    assert.equal(value("env.get('HOME')"), '/users/me');
    assert.equal(value("env.get('NOSUCH', default='x')"), 'x');
    assert.equal(value("env.exists('NOSUCH')"), 'False');
    assert.match(refusal("env.get('NOSUCH')"), /NOSUCH/);
  });
  it('say what can be called in recipes only', () => {
    assert.match(refusal("load_from_file('x')"), /in recipes only/);
    assert.match(refusal("git.head_rev('.')"), /in recipes only/);
  });
});
