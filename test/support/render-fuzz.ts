/** Damaged recipes and variant files, by seed, and what rendering must never do with them. */
import { loadVariantConfig } from '#coordinator/render/variants/load.ts';
import { formatProblems } from '#coordinator/render/problems.ts';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import { renderRecipe } from '#coordinator/render/render-recipe.ts';
import { SeededRandom } from '../sim/world/seeded-random.ts';
import { recipeCases } from './recipe-cases.ts';
import { memoryFiles } from './render-text.ts';

/** A recipe and the variant file beside it. */
export interface FuzzInput {
  readonly recipe: string;
  readonly variants: string;
  /** Name of the variant file. */
  readonly variantFile: string;
}

/** Longest that one rendering may take, on a machine that does other things too. */
const RENDER_MS_MAX = 5_000;

const corpus = recipeCases().map(({ files }) => ({
  recipe: files['recipe.yaml'] ?? '',
  variants: files['variants.yaml'] ?? files['conda_build_config.yaml'] ?? 'python: ["3.12"]\n',
}));

/** Pieces that mean something somewhere in a recipe. */
const TOKENS = [
  '${{ ',
  ' }}',
  '${{',
  '}}',
  '{%',
  '{#',
  '{% for x in range(9) %}',
  '{% endfor %}',
  '- if: ',
  'then: ',
  'else: ',
  '\n',
  '\r\n',
  '\t',
  '  ',
  '- ',
  ': ',
  '#',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '<<: ',
  '!!str ',
  '|\n',
  '>-\n',
  '---\n',
  '%YAML 1.2\n',
  'null',
  '~',
  '0x10',
  '1e999',
  '-1',
  '99999999999999999999',
  '\0',
  '\uFEFF',
  '\uD800',
  'é',
  '=',
  '==',
  '>=',
  '.*',
  '*',
  ' | ',
  'split(".")',
  '[::-1]',
  '[0]',
  ' ~ x',
  ' * 99999',
  ' ** 99',
  "pin_subpackage('a', exact=True)",
  "compiler('c')",
  'outputs:\n',
  'package: ',
  'staging: {name: s}',
  'inherit: s',
  'zip_keys: [[a, b]]',
  '# [win]',
  '__proto__: ',
  'constructor: ',
  '['.repeat(200),
  'a'.repeat(5000),
] as const;

const MUTATIONS: readonly ((text: string, random: SeededRandom) => string)[] = [
  (text, random) => {
    const at = random.integer('at', 0, text.length);
    return text.slice(0, at) + (random.pick('token', TOKENS) ?? '') + text.slice(at);
  },
  (text, random) => {
    const at = random.integer('at', 0, text.length);
    return text.slice(0, at) + text.slice(at + random.integer('length', 1, 30));
  },
  (text, random) => onLines(text, (lines, at) => lines.splice(at, 1), random),
  (text, random) => onLines(text, (lines, at) => lines.splice(at, 0, lines[at] ?? ''), random),
  (text, random) =>
    onLines(text, (lines, at) => lines.splice(at, 1, `  ${lines[at] ?? ''}`), random),
  (text, random) =>
    onLines(text, (lines, at) => lines.splice(at, 1, (lines[at] ?? '').slice(2)), random),
  (text, random) =>
    onLines(
      text,
      (lines, at) => lines.push(...lines.splice(at, random.integer('n', 1, 5))),
      random,
    ),
  (text, random) => {
    const other = random.pick('other', corpus)?.recipe ?? '';
    return text + other.slice(random.integer('at', 0, other.length));
  },
  (text, random) => {
    const words = [...text.matchAll(/[\w.-]+/g)];
    const [from, to] = [random.pick('from', words), random.pick('to', words)];
    if (from === undefined || to === undefined) return text;
    return text.slice(0, from.index) + to[0] + text.slice(from.index + from[0].length);
  },
];

function onLines(
  text: string,
  change: (lines: string[], at: number) => unknown,
  random: SeededRandom,
): string {
  const lines = text.split('\n');
  change(lines, random.integer('line', 0, lines.length - 1));
  return lines.join('\n');
}

function mutated(text: string, random: SeededRandom): string {
  let result = text;
  for (let count = random.integer('count', 1, 4); count > 0; count -= 1)
    result = random.pick('mutation', MUTATIONS)?.(result, random) ?? result;
  return result;
}

/** The input of a seed. */
export function fuzzInput(seed: number): FuzzInput {
  const random = new SeededRandom(seed);
  const { recipe, variants } = random.pick('corpus', corpus) ?? { recipe: '', variants: '' };
  const isVariants = random.chance('which', 0.3);
  return {
    recipe: isVariants ? recipe : mutated(recipe, random),
    variants: isVariants ? mutated(variants, random) : variants,
    variantFile: random.chance('legacy', 0.3) ? 'conda_build_config.yaml' : 'variants.yaml',
  };
}

const platforms = { build: 'linux-64', host: 'linux-64', target: 'linux-64' };

/** Renders an input wholly, to the JSON or the text of its refusal. Answers the codes of its problems. */
export function renderFuzzInput(input: FuzzInput): readonly string[] {
  const variants = loadVariantConfig({
    cliFiles: [],
    recipeFile: { file: `/recipes/example/${input.variantFile}`, text: input.variants },
    overrides: [],
    platforms,
    environment: {},
  });
  if (!variants.ok) {
    formatProblems(variants.failure);
    return variants.failure.map(({ code }) => code);
  }
  const rendered = renderRecipe({
    text: input.recipe,
    location: { recipePath: '/recipes/example/recipe.yaml', recipeDir: '/recipes/example' },
    files: memoryFiles({}),
    platforms,
    variants: variants.value,
    environment: {},
  });
  if (!rendered.ok) {
    formatProblems(rendered.failure);
    return rendered.failure.map(({ code }) => code);
  }
  JSON.stringify(renderOnlyJson([rendered.value], { channels: [] }));
  return [];
}

/** What is wrong with how a renderer takes an input; undefined: nothing. */
export function fuzzFinding(
  input: FuzzInput,
  render: (input: FuzzInput) => readonly string[],
): string | undefined {
  const start = performance.now();
  try {
    const codes = render(input);
    if (codes.includes('INTERNAL')) return 'an internal error';
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const elapsed = performance.now() - start;
  return elapsed > RENDER_MS_MAX ? `it took ${Math.round(elapsed)} ms` : undefined;
}
