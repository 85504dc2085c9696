import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import {
  changesBetween,
  counterpart,
  renderingFacts,
} from '#coordinator/render/explain/compare-renderings.ts';
import {
  explainOutput,
  type HashReason,
  type OutputExplanation,
} from '#coordinator/render/explain/explain-output.ts';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import type { RenderedRecipe } from '#coordinator/render/render-recipe.ts';
import { renderRun } from '#coordinator/render/render-run.ts';
import type { VariantValue } from '#proto/recipe/recipe.ts';
import { rendered } from '../../../support/render-text.ts';
import { checkout } from '../../../support/stageyard.ts';

function explainAll(recipe: RenderedRecipe): OutputExplanation[] {
  return recipe.outputs.map((output, index) => {
    const node = recipe.nodes[index];
    assert.ok(node);
    return explainOutput(recipe, output, node);
  });
}

type Variants = Readonly<Record<string, readonly VariantValue[]>>;

function explain(text: string, name: string, variants: Variants): OutputExplanation {
  const found = explainAll(rendered(text, { variants })).find((one) => one.name === name);
  assert.ok(found);
  return found;
}

/** `why LINE:COLUMN text` of each reason. */
function reasonsOf(explanation: OutputExplanation, key: string): string[] {
  const found = explanation.keys.find((one) => one.key === key);
  assert.ok(found, `${key} is not part of the hash`);
  return found.reasons.map(({ why, place }: HashReason) =>
    place === undefined ? why : `${why} ${place.line}:${place.column} ${place.text}`,
  );
}

const recipe = `context:
  major: \${{ version_key }}
recipe: {name: foo, version: "1"}
build:
  variant: {use_keys: [extra-key]}
outputs:
  - staging: {name: base}
    requirements:
      build: ["\${{ compiler('c') }}"]
      host: [zlib]
    build:
      script:
        - if: mpi != "nompi"
          then: echo \${{ mpi }}
          else: echo nothing
        - |
          echo no
            echo \${{ openssl }}
  - package: {name: foo}
    inherit: base
    requirements:
      host: [python, r-base, {if: unix, then: m4, else: "\${{ blas }}"}]
      run: [__unix, numpy]
  - package: {name: bar}
    build:
      string: x_\${{ numpy | replace(".", "") }}_\${{ hash }}
      variant: {ignore_keys: [extra_key]}
      skip: [numpy == "1"]
    requirements:
      run: ["\${{ pin_subpackage('foo', exact=True) }}"]
  - package: {name: pure}
    build: {noarch: python}
    requirements:
      host: [python]
`;
const variants: Variants = {
  python: ['3.12'],
  numpy: ['2'],
  zlib: ['1'],
  mpi: ['openmpi'],
  blas: ['mkl'],
  openssl: ['3'],
  r_base: ['4.4'],
  version_key: ['9'],
  extra_key: ['x'],
  c_compiler: ['gcc'],
};

describe('explaining an output', () => {
  const foo = explain(recipe, 'foo', variants);
  const bar = explain(recipe, 'bar', variants);

  it('says where the context reads a variable', () => {
    assert.deepEqual(reasonsOf(foo, 'version_key'), ['read by the context 2:14 version_key']);
  });

  it('says where names without a version are required, under their own spelling', () => {
    assert.deepEqual(reasonsOf(foo, 'python'), ['required without a version 22:14 python']);
    assert.deepEqual(reasonsOf(foo, 'r_base'), ['required without a version 22:22 r-base']);
  });

  it('says what the inherited staging output reads', () => {
    const by = 'by the staging output base';
    assert.deepEqual(reasonsOf(foo, 'c_compiler'), [`read ${by} 9:20 compiler('c')`]);
    assert.deepEqual(reasonsOf(foo, 'zlib'), [`required without a version ${by} 10:14 zlib`]);
    assert.deepEqual(reasonsOf(foo, 'openssl'), [`read ${by} 18:22 openssl`]);
    assert.deepEqual(reasonsOf(foo, 'mpi'), [`read ${by} 13:15 mpi`, `read ${by} 14:26 mpi`]);
  });

  it('leaves out what only a branch that is not taken would read', () => {
    assert.deepEqual(
      foo.leftOut.map(({ key, why }) => [key, why]),
      [
        ['blas', 'nothing of this output reads it'],
        ['numpy', 'nothing of this output reads it'],
      ],
    );
  });

  it('says what counts although nothing reads it', () => {
    assert.deepEqual(reasonsOf(foo, 'extra_key'), [
      'named in build.variant.use_keys 5:24 extra-key',
    ]);
    assert.deepEqual(reasonsOf(foo, 'target_platform'), ['part of every hash']);
  });

  it('says which requirements bring keys of their own', () => {
    assert.deepEqual(reasonsOf(foo, '__unix'), ['virtual package to run on 23:13 __unix']);
    const [pin = ''] = reasonsOf(bar, 'foo');
    assert.match(pin, /^pinned exactly 30:13 .*pin_subpackage/);
  });

  it('finds reads in build strings and skips', () => {
    assert.deepEqual(reasonsOf(bar, 'numpy'), ['read 26:21 numpy', 'read 28:14 numpy']);
  });

  it('says why a value is left out', () => {
    const why = (one: OutputExplanation, key: string) =>
      one.leftOut.find((left) => left.key === key)?.why;
    assert.equal(why(bar, 'extra_key'), 'named in build.variant.ignore_keys');
    const pure = explain(recipe, 'pure', variants);
    assert.equal(why(pure, 'python'), 'a noarch: python package has none');
  });

  it('names variables of the build environment', () => {
    const text = 'package: {name: a, version: 1}';
    assert.deepEqual(reasonsOf(explain(text, 'a', { PATH: ['x'] }), 'PATH'), [
      'variable of every build environment on linux-64',
    ]);
  });

  it('gives every value of every hash a reason', () => {
    const real =
      process.env['STAGEYARD_REAL_RECIPES'] ?? join(checkout, '..', 'shared', 'real-recipes');
    const paths = [
      ...globSync(join(checkout, 'test', 'fixtures', 'recipes', '*', 'recipe.yaml')),
      ...globSync(join(real, 'tree', '*', 'recipe', 'recipe.yaml')),
    ];
    assert.ok(paths.length > 20);
    let count = 0;
    for (const path of paths.toSorted()) {
      const platform = 'linux-64';
      const run = renderRun({
        cwd: dirname(path),
        recipes: [path],
        recipeDirs: [],
        variantFiles: [],
        variantOverrides: [],
        ignoreRecipeVariants: false,
        platforms: { build: platform, host: platform, target: platform },
        hasChannels: false,
        environment: {},
      });
      for (const one of run.ok ? run.value.recipes : []) {
        for (const { name, keys } of explainAll(one)) {
          const silent = keys.filter(({ reasons }) => reasons.length === 0).map(({ key }) => key);
          assert.deepEqual(silent, [], `${path}: ${name}`);
          count += keys.length;
        }
      }
    }
    assert.ok(count > 50, String(count));
  });
});

describe('comparing two renderings', () => {
  const facts = (text: string, values: Variants) =>
    renderingFacts(renderOnlyJson([rendered(text, { variants: values })], { channels: [] }), 'x');
  const now = facts(recipe, variants);

  it('finds nothing between equal ones', () => {
    for (const one of now) {
      const other = counterpart(one, now);
      assert.ok(other);
      assert.deepEqual(changesBetween(other, one), []);
    }
  });

  it('names values, build strings and requirements that changed', () => {
    const before = facts(recipe.replace('run: [__unix, numpy]', 'run: [scipy]'), {
      ...variants,
      zlib: ['2'],
    });
    const [foo] = now.filter(({ name }) => name === 'foo');
    assert.ok(foo);
    const other = counterpart(foo, before);
    assert.ok(other);
    const changes = changesBetween(other, foo);
    assert.deepEqual(
      changes.map(({ what, isHashed }) => [what, isHashed]),
      [
        ['variant __unix', true],
        ['variant zlib', true],
        ['build string', false],
        ['requirements run', false],
      ],
    );
    assert.deepEqual(changes[0]?.before, undefined);
    assert.deepEqual(changes[3]?.after, ['__unix', 'numpy']);
  });

  it('names the package output that a variable is inherited from', () => {
    const inherited = `recipe: {name: r, version: "1"}
outputs:
  - package: {name: base}
    build: {script: make}
    requirements: {host: [zlib]}
  - package: {name: b}
    inherit: base
`;
    assert.deepEqual(reasonsOf(explain(inherited, 'b', { zlib: ['1.3'] }), 'zlib'), [
      'required without a version by the package output base 5:27 zlib',
    ]);
  });

  it('compares with the variant that has most in common', () => {
    const both = facts(recipe, { ...variants, python: ['3.12', '3.13'] });
    const [foo] = both.filter(
      ({ name, variant }) => name === 'foo' && variant['python'] === '3.13',
    );
    assert.ok(foo);
    assert.equal(counterpart(foo, both)?.build, foo.build);
  });

  it('refuses what no rendering looks like, naming the place', () => {
    assert.throws(
      () => renderingFacts([{ recipe: {} }], 'old.json'),
      /old\.json\[0\]\.recipe\.package/,
    );
    assert.throws(() => renderingFacts('text', 'old.json'), /old\.json/);
  });
});
