/** Variant files of both kinds, their order, and what the command line says (spec 2.1, appendix E). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadVariantConfig, type VariantInput } from '#coordinator/render/variants/load.ts';

const input = (parts: Partial<VariantInput>): VariantInput => ({
  cliFiles: [],
  recipeFile: undefined,
  overrides: [],
  platforms: { build: 'linux-64', host: 'linux-64', target: 'linux-64' },
  environment: {},
  ...parts,
});

function load(parts: Partial<VariantInput>) {
  const loaded = loadVariantConfig(input(parts));
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const { target_platform, build_platform, ...values } = Object.fromEntries(loaded.value.values);
  return { values, platforms: [target_platform, build_platform], zipKeys: loaded.value.zipKeys };
}

const file = (text: string, name = 'variants.yaml') => ({ file: `/r/${name}`, text });
const modern = (text: string) => load({ cliFiles: [file(text)] });
const legacy = (text: string, environment = {}) =>
  load({ cliFiles: [file(text, 'conda_build_config.yaml')], environment });

describe('a modern variant file', () => {
  it('types integers and booleans and keeps everything else as text', () => {
    const { values } = modern(
      `a: [3.10, 1, true, 010, 0x10, 1_0, yes, 1.0e3, 2024-01-01, null, '1', "true"]`,
    );
    assert.deepEqual(values['a'], [
      '3.10',
      1,
      true,
      10,
      '0x10',
      '1_0',
      'yes',
      '1.0e3',
      '2024-01-01',
      'null',
      '1',
      'true',
    ]);
  });

  it('chooses by conditions', () => {
    const { values } = modern(`
c_stdlib:
  - if: linux
    then: [sysroot, other]
    else: none
c_compiler_version:
  - if: osx
    then: '20'
`);
    assert.deepEqual(values, { c_stdlib: ['sysroot', 'other'] });
  });

  it('takes dashes and dots in keys for underscores', () => {
    const { values, zipKeys } = modern('r-base: [4]\na.b: [1]\nzip_keys: [[r-base, a.b]]');
    assert.deepEqual(values, { r_base: [4], a_b: [1] });
    assert.deepEqual(zipKeys, [['r_base', 'a_b']]);
  });

  it('has nothing to say where it is empty, and ignores pin_run_as_build', () => {
    assert.deepEqual(modern('').values, {});
    assert.deepEqual(modern('pin_run_as_build: {python: {max_pin: x.x}}').values, {});
  });
});

describe('conda_build_config.yaml', () => {
  it('drops the lines whose selector is false', () => {
    const { values } = legacy(`
c_compiler:     # [unix]
  - gcc         # [linux]
  - clang       # [osx]
vc:             # [win]
  - 14          # [win]
# - comment     # [nonsense(]
`);
    assert.deepEqual(values, { c_compiler: ['gcc'] });
  });

  it('reads the environment as conda-build’s Python does', () => {
    const text = `
a:
  - x  # [os.environ.get("FLAG", "False") == "True"]
  - y  # [os.environ.get("PLATFORM", "").startswith("linux-")]
  - z  # [os.environ.get("FLAG") == "True"]
  - w  # [os.environ.get("MODE", "m1") in ("m1", "m2")]
`;
    assert.deepEqual(legacy(text).values['a'], ['w']);
    assert.deepEqual(legacy(text, { FLAG: 'True', PLATFORM: 'linux-64', MODE: 'm3' }).values['a'], [
      'x',
      'y',
      'z',
    ]);
  });

  it('keeps numbers of block lists as text, and shortens those of flow lists', () => {
    const { values } = legacy('a:\n  - 3.10\n  - 1\nb: [3.10, 1]\nc:\n  -\n  - .exe\n');
    assert.deepEqual(values, { a: ['3.10', '1'], b: [3.1, 1], c: [null, '.exe'] });
  });

  it('names the place of a selector that can’t be evaluated', () => {
    const loaded = loadVariantConfig(
      input({ cliFiles: [file('a:\n  - x  # [linux and]\n', 'conda_build_config.yaml')] }),
    );
    assert.ok(!loaded.ok);
    assert.deepEqual(
      loaded.failure.map(({ code, line, column }) => [code, line, column]),
      [['VARIANT_INVALID', 2, 11]],
    );
  });
});

describe('several sources of variants', () => {
  it('replace whole keys: the command line’s files win over the recipe’s', () => {
    const { values, zipKeys } = load({
      cliFiles: [file('a: [cli]\nzip_keys: [[a, b]]'), file('c: [second]')],
      recipeFile: file('a: [recipe, other]\nb: [recipe]\nc: [recipe]\nzip_keys: [[b, c]]'),
    });
    assert.deepEqual(values, { a: ['cli'], b: ['recipe'], c: ['second'] });
    assert.deepEqual(zipKeys, [['a', 'b']]);
  });

  it('are overridden by --variant, whose values are text', () => {
    const overrides = [{ key: 'py-thon', values: ['3.11', '1'] }];
    assert.deepEqual(load({ cliFiles: [file('py_thon: [3]')], overrides }).values, {
      py_thon: ['3.11', '1'],
    });
  });

  it('never change the platforms', () => {
    assert.deepEqual(modern('target_platform: [osx-64]').platforms, [['linux-64'], ['linux-64']]);
  });

  it('lose a key without values', () => {
    assert.deepEqual(modern('a: []').values, {});
  });
});
