/**
 * Random recipes with their variant files, for comparison with a peer. Most are valid: names come from small pools so
 * that pins, free specs, zipped keys and staging outputs meet, and each rare mistake stands nearly alone.
 */
import fc from 'fast-check';
import {
  CONTEXT_NAMES,
  OUTPUTS,
  STAGINGS,
  VARIANT_NAMES,
  conditionText,
  pick,
  rarely,
  scopeOf,
  some,
  templatedIn,
  type Blocks,
  type Text,
} from './generate/expressions.ts';
import {
  about,
  build,
  extra,
  requirements,
  script,
  sharedBuild,
  sources,
  stagingRequirements,
  tests,
} from './generate/sections.ts';
import type { RenderCase } from './render-case.ts';
import { type Block, yamlText } from './yaml-text.ts';

const templatedAfter = (texts: readonly string[], others: readonly string[] = []): Text =>
  templatedIn(scopeOf(texts, others));
/** Each entry may use those before it. */
const contextValue: Readonly<Record<(typeof CONTEXT_NAMES)[number], Blocks>> = {
  version: pick(
    '"1.2.3"',
    "'2.0'",
    '"1.10"',
    '"1.0.0rc1"',
    "'${{ perl }}'",
    "'4.${{ debug_level }}'",
  ),
  flavour: fc.oneof(pick('"openblas"', 'mkl', "'${{ version }}'"), templatedAfter(['version'])),
  base: fc.oneof(
    pick("'${{ version }}-x'", '"r"', "'${{ mpi }}'"),
    templatedAfter(['version', 'flavour']),
  ),
  count: pick('1', '5', "'${{ 3 + 4 }}'", "'${{ 0 if win else 1 }}'"),
  wanted: fc.oneof(
    pick<Block>('true', '"yes"', '3.5', '1.10', ['a', 'b'], ['1', '2'], ["'${{ version }}'"]),
    conditionText(scopeOf(['version', 'flavour', 'base'], ['count'])).map(
      (text) => `\${{ ${text} }}`,
    ),
  ),
};
const context: Blocks = rarely(10, some(contextValue), fc.record(contextValue) as Blocks);
/** An entry of a variant key's name; with several outputs the peer hashes its value instead of the variant's. */
const singleContext: Blocks = rarely(
  10,
  fc.record({ ...contextValue, mpi: pick('\'${{ mpi ~ "x" }}\'', 'nompi') }) as Blocks,
  context,
);

const version: Text = fc.oneof(
  { weight: 3, arbitrary: pick("'${{ version }}'") },
  { weight: 2, arbitrary: pick('"1.0"', '2.5.1', '1.10', '"1-2-"') },
);
const common = { source: sources, build, about };

const single: Blocks = fc
  .tuple(
    singleContext,
    fc.record({
      name: fc.oneof(pick<string>(...OUTPUTS), pick("'${{ base }}'", "'lib-${{ mpi }}'")),
      version,
    }) as Blocks,
    some({ ...common, requirements, tests, extra }),
  )
  .map(
    ([values, package_, rest]) =>
      Object.assign({ context: values, package: package_ }, rest) as Block,
  );

const inherit: Blocks = fc.oneof(
  pick<string>(...STAGINGS, STAGINGS[0], 'null'),
  fc.record(
    { from: pick<string>(...STAGINGS), run_exports: pick('true', 'false') },
    { requiredKeys: ['from'] },
  ) as Blocks,
);
const packageOutput = (name_: string): Blocks =>
  fc
    .tuple(
      some({ name: fc.constant(name_), version }, ['name']),
      some({ ...common, inherit, requirements, tests }),
    )
    .map(([package_, rest]) => Object.assign({ package: package_ }, rest) as Block);
const stagingOutput = (name_: string): Blocks =>
  some(
    {
      staging: fc.constant({ name: name_ }),
      source: sources,
      requirements: stagingRequirements,
      build: some({ script }),
    },
    ['staging'],
  );

const outputs: Blocks = fc
  .tuple(
    fc.tuple(...STAGINGS.map(stagingOutput)),
    rarely(
      12,
      fc.subarray([...OUTPUTS], { minLength: 1 }),
      pick([...OUTPUTS], ['alpha', 'beta'], ['beta', 'alpha'], ['alpha', 'gamma', 'beta']),
    ).chain((chosen) => fc.tuple(...chosen.map(packageOutput))),
  )
  .map(([stagings, packages]) => {
    // Only staging outputs that are inherited from, but for the first one.
    const used = (index: number): boolean =>
      JSON.stringify(packages).includes(`"${STAGINGS[index]}"`);
    return [...stagings.filter((_, index) => used(index)), ...packages];
  });
const multi: Blocks = fc
  .tuple(
    context,
    some({ source: sources, build: sharedBuild, about, tests, extra }),
    fc.record(
      { name: fc.oneof(pick('whole'), pick("'${{ flavour }}'")), version },
      { requiredKeys: ['version'] },
    ),
    outputs,
  )
  .map(
    ([values, rest, recipe, list]) =>
      Object.assign({ context: values, recipe }, rest, { outputs: list }) as Block,
  );

const variantValue: Readonly<Record<(typeof VARIANT_NAMES)[number], Text>> = {
  python: pick('3.10', '"3.11"', '3.12.* *_cpython', '3.9'),
  numpy: pick('1.26', '2', '"2.0"'),
  mpi: pick('nompi', 'openmpi', 'mpich'),
  zlib: pick('1', '1.3', '"1.2.13"'),
  openssl: pick('3', '"1.1.1"'),
  c_compiler_version: pick('13', '"14"', '12.*'),
  cxx_compiler: pick('gxx', 'clangxx'),
  perl: pick('5.32.1', '5.26'),
  r_base: pick('4.4', '"4.3"'),
  debug_level: pick('0', '1', '"2"'),
  with_gui: pick('true', 'false', '"true"', 'yes', 'null'),
};
type Lists = Record<string, readonly Block[]>;

/** Mostly of one length, as zipped keys must be. */
function zipped(lists: Lists, group: readonly string[]): Block {
  if (group.length === 0) return lists;
  const widened = group.flatMap((key) => {
    const values = lists[key];
    return values?.length === 1 ? [[key, [...values, ...values]] as const] : [];
  });
  return { ...lists, ...Object.fromEntries(widened), zip_keys: [[...group]] };
}
const platformCondition = pick('unix', 'linux', 'win', 'osx and arm64', 'not win');
const variantList = (value: Text): fc.Arbitrary<readonly Block[]> =>
  rarely(
    10,
    fc.array(
      rarely(
        2,
        fc.record(
          { if: platformCondition, then: value },
          { requiredKeys: ['if', 'then'] },
        ) as Blocks,
        value,
      ),
      { maxLength: 3 },
    ),
    rarely(
      4,
      fc.array(value, { minLength: 2, maxLength: 2 }),
      value.map((item) => [item]),
    ),
  );
const variantLists = Object.fromEntries(
  Object.entries(variantValue).map(([key, value]) => [key, variantList(value)]),
);
const moreVariants = {
  c_stdlib: fc.constant(['sysroot']),
  c_stdlib_version: pick(['2.17'], ['"2.28"']),
  channel_targets: fc.constant(['conda-forge main']),
  MACOSX_DEPLOYMENT_TARGET: fc.constant(['"11.0"']),
  CFLAGS: fc.constant(['-O2']),
};
const variantFile: Blocks = fc
  .tuple(
    rarely(10, fc.record(variantLists, { requiredKeys: [] }), fc.record(variantLists)),
    rarely(4, fc.record(moreVariants, { requiredKeys: [] }), fc.record(moreVariants)),
    rarely(
      3,
      fc.subarray<string>([...VARIANT_NAMES], { minLength: 2, maxLength: 3 }),
      fc.constant<string[]>([]),
    ),
  )
  .map(([keys, more, group]) => zipped({ ...keys, ...more }, group));

/** Recipes with variant files and flags for any platform. */
export const renderCases: fc.Arbitrary<RenderCase> = fc
  .record({
    recipe: fc.oneof({ weight: 3, arbitrary: single }, { weight: 4, arbitrary: multi }),
    variants: variantFile,
    target: pick(
      'linux-64',
      'linux-64',
      'linux-aarch64',
      'osx-arm64',
      'win-64',
      'emscripten-wasm32',
    ),
    buildNumber: rarely(20, pick(0, 3), fc.constant(undefined)),
    prefix: rarely(20, pick('pre'), fc.constant(undefined)),
  })
  .map(({ recipe, variants, target, buildNumber, prefix }) => ({
    files: { 'recipe.yaml': yamlText(recipe), 'variants.yaml': yamlText(variants) },
    flags: {
      target,
      build: target === 'linux-aarch64' ? target : 'linux-64',
      ...(buildNumber === undefined ? {} : { buildNumber }),
      ...(prefix === undefined ? {} : { buildStringPrefix: prefix }),
    },
  }));
