/** Random expressions, conditions and lists of recipes, over small pools of names so that they meet. */
import fc from 'fast-check';
import type { Block } from '../yaml-text.ts';

/** YAML text of a scalar, or the text of an expression. */
export type Text = fc.Arbitrary<string>;
/** Parts of a document. */
export type Blocks = fc.Arbitrary<Block>;

export const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** The first with weight 1 in `odds`, else the second. */
export const rarely = <T>(
  odds: number,
  rare: fc.Arbitrary<T>,
  usual: fc.Arbitrary<T>,
): fc.Arbitrary<T> =>
  fc.oneof({ weight: 1, arbitrary: rare }, { weight: odds - 1, arbitrary: usual });

/** A mapping in which each key is there by chance, in the given order. */
export function some(
  fields: Readonly<Record<string, Blocks>>,
  always: readonly string[] = [],
): Blocks {
  return fc.record(fields, { requiredKeys: [...always] }) as Blocks;
}

export const listOf = (item: Blocks, max: number): fc.Arbitrary<readonly Block[]> =>
  fc.array(item, { maxLength: max });

export const CONTEXT_NAMES = ['version', 'flavour', 'base', 'count', 'wanted'] as const;
export const VARIANT_NAMES = [
  'python',
  'numpy',
  'mpi',
  'zlib',
  'openssl',
  'c_compiler_version',
  'cxx_compiler',
  'perl',
  'r_base',
  'debug_level',
  'with_gui',
] as const;
export const PLATFORM_NAMES = [
  'unix',
  'linux',
  'osx',
  'win',
  'x86_64',
  'arm64',
  'emscripten',
] as const;
export const PACKAGES = [
  'python',
  'numpy',
  'zlib',
  'openssl',
  'perl',
  'r-base',
  'mpi',
  'libfoo',
  'cmake',
];
export const OUTPUTS = ['alpha', 'beta', 'gamma', 'Delta'] as const;
export const STAGINGS = ['stage', 'stage-two'] as const;

const literal = pick(
  '"a"',
  "'linux'",
  '"1.2.3"',
  '"openmpi"',
  '1',
  '2',
  '10',
  'true',
  'false',
  '3.5',
);
const printedLiteral = literal.filter((text) => text !== 'true' && text !== 'false');
const versionArgument = pick('">=3.11"', '"<4"', '"3.*"', '">=1.20,<3"', '"==1.26"');

/** Names whose values are text, and names of anything; a name that isn't defined is rare. */
interface Scope {
  readonly texts: readonly string[];
  /** Names that may be printed; booleans aren't among them, as the peer prints them another way. */
  readonly printed: readonly string[];
  readonly all: readonly string[];
}
const TEXT_VARIANTS = [
  'python',
  'mpi',
  'zlib',
  'cxx_compiler',
  'r_base',
  'perl',
  'target_platform',
];
export const scopeOf = (texts: readonly string[], others: readonly string[]): Scope => ({
  texts: [...texts, ...TEXT_VARIANTS],
  printed: [
    ...texts,
    ...others.filter((name) => name !== 'wanted'),
    ...VARIANT_NAMES.filter((name) => name !== 'with_gui'),
  ],
  all: [...texts, ...others, ...VARIANT_NAMES, ...PLATFORM_NAMES],
});
const RECIPE_SCOPE = scopeOf(['version', 'flavour', 'base'], ['count', 'wanted']);

const nameOf = (names: readonly string[]): Text =>
  rarely(100, pick('nosuch', 'build_platform', 'host_platform'), pick(...names));

/** Conditions without braces. */
export function conditionText(scope: Scope): Text {
  const comparison = fc.oneof(
    fc.tuple(pick(...VARIANT_NAMES), pick('==', '!='), literal),
    fc.tuple(
      pick('target_platform', 'build_platform'),
      pick('==', '!='),
      pick('"linux-64"', 'build_platform'),
    ),
    fc.tuple(pick(...scope.texts), pick('<', '>=', 'in'), pick('"3"', '"nompi"')),
  );
  const call = pick(
    'is_linux(target_platform)',
    'is_unix(host_platform)',
    'is_windows(build_platform)',
    'env.exists("NOT_SET")',
    'version in ["1.0", "2"]',
    'mpi | length > 3',
    'true',
    '"a" in version',
    'mpi is string',
    'debug_level is number',
    'nosuch is undefined',
  );
  return fc.letrec<{ all: string; atom: string }>((tie) => ({
    atom: fc.oneof(
      { weight: 4, arbitrary: pick<string>(...PLATFORM_NAMES) },
      { weight: 4, arbitrary: comparison.map((parts) => parts.join(' ')) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(pick('python', 'numpy', 'zlib', 'version'), versionArgument)
          .map(([key, spec]) => `match(${key}, ${spec})`),
      },
      {
        weight: 1,
        arbitrary: pick(...VARIANT_NAMES).map((key) => `${key} is defined and ${key} == "x"`),
      },
      { weight: 1, arbitrary: call },
      { weight: 1, arbitrary: nameOf(scope.all) },
    ),
    all: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('atom'),
      tie('atom').map((inner) => `not ${inner}`),
      fc.tuple(tie('all'), pick('and', 'or'), tie('all')).map((parts) => parts.join(' ')),
      tie('all').map((inner) => `(${inner})`),
    ),
  })).all;
}

const TEXT_FILTERS = [
  'lower',
  'upper',
  'trim',
  'length',
  'replace(".", "_")',
  'version_to_buildstring',
  'default("none")',
  'split(".") | first',
  'split(".") | join("-")',
  'list | reverse | first',
  'split(".", 1) | last',
];
const NUMBERS = [
  '7 // 2',
  '10 / 4',
  '2 ** 3',
  '7 % 4',
  '1.5 + 1',
  '"12" | int',
  '-3 | abs',
  '[3, 1, 2] | sort | last',
  '[1, 2] | max',
];

/** Expressions whose value is text or a number. */
function expressionText(scope: Scope): Text {
  const numbers = scope.all.includes('count')
    ? [...NUMBERS, 'count + 1', '(count | int) % 3']
    : NUMBERS;
  return fc.letrec<{ all: string; atom: string }>((tie) => ({
    atom: fc.oneof(
      { weight: 8, arbitrary: pick(...scope.texts) },
      { weight: 1, arbitrary: nameOf(scope.printed) },
      { weight: 1, arbitrary: printedLiteral },
    ),
    all: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: tie('atom') },
      {
        weight: 3,
        arbitrary: fc
          .tuple(pick(...scope.texts), pick(...TEXT_FILTERS))
          .map((parts) => parts.join(' | ')),
      },
      { weight: 2, arbitrary: fc.tuple(tie('all'), tie('atom')).map((parts) => parts.join(' ~ ')) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(tie('all'), conditionText(scope), tie('all'))
          .map(([yes, test, no]) => `${yes} if ${test} else ${no}`),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(pick(...scope.texts), pick('[0]', '[:3]', '[-1]', '[1:]'))
          .map((parts) => parts.join('')),
      },
      {
        weight: 1,
        arbitrary: pick(...numbers, '"%s" ~ mpi', 'env.get("NOT_SET", default="fallback")'),
      },
    ),
  })).all;
}

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const templatedIn = (scope: Scope): Text =>
  fc
    .tuple(pick('', '', 'pre-', 'x '), expressionText(scope), pick('', '', '.post', ' y'))
    .map(([before, text, after]) => quoted(`${before}\${{ ${text} }}${after}`));
export const condition = conditionText(RECIPE_SCOPE);
export const templated = templatedIn(RECIPE_SCOPE);

/** A list item or a conditional in its place. */
export const conditional = (item: Blocks, odds = 4): Blocks =>
  rarely(
    odds,
    fc.record(
      {
        if: condition.map(quoted),
        then: fc.oneof(item, listOf(item, 2)),
        else: fc.oneof(item, listOf(item, 2)),
      },
      { requiredKeys: ['if', 'then'] },
    ) as Blocks,
    item,
  );
export const conditionalList = (item: Blocks, max = 4): Blocks => listOf(conditional(item), max);
