/**
 * Rendering: from the text of a recipe and the values of its variants to the outputs that will be built, in build
 * order. YAML → template → (variants × evaluation, until no new variant key turns up) → hashes → order (spec 1, 2).
 */
import { type PlatformTriple, platformVariables } from '#proto/conda/platform.ts';
import { standardFunctions } from '#proto/recipe/expression/functions.ts';
import type { RecipeLocation, RenderedOutput, Variant } from '#proto/recipe/recipe.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import { decodeRecipe } from './decode/recipe.ts';
import { type CombinationResult, RecipeEvaluator } from './evaluate/combination-result.ts';
import { placeFunctions } from './evaluate/place-functions.ts';
import { environmentKeys } from './evaluate/environment-keys.ts';
import type { RecipeEvaluation } from './evaluate/recipe-evaluation.ts';
import { Finalizer, outputNodes, type OutputNode } from './finalize.ts';
import { gitRepositories } from './git-repositories.ts';
import { findLikelyMistakes } from './likely-mistakes.ts';
import { outputNeeds } from './output-needs.ts';
import { orderNodes, passOrder } from './output-order.ts';
import { ProblemList, type RecipeProblem, SourceText } from './problems.ts';
import type { RecipeFiles } from './recipe-files.ts';
import type { RecipeTemplate } from './template/sections.ts';
import { normalizeKey, type VariantConfig } from './variants/config.ts';
import { combinations, type MatrixProblem, tooMany, widened } from './variants/matrix.ts';
import { usedKeys } from './variants/used-keys.ts';
import { parseYaml } from './yaml/document.ts';

/** Everything that a rendering depends on. */
export interface RenderInput {
  readonly text: string;
  readonly location: RecipeLocation;
  readonly files: RecipeFiles;
  readonly platforms: PlatformTriple;
  readonly variants: VariantConfig;
  /** Replaces `build.number`. */
  readonly buildNumber?: number | undefined;
  /** `P` makes default build strings start with `P_`. */
  readonly buildStringPrefix?: string | undefined;
  /** Allows `load_from_file` and `git.*`. */
  readonly experimental?: boolean;
  /** The process environment, for `env.get`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An output that is not built for one combination. */
export interface SkippedOutput {
  readonly name: string;
  readonly version: string;
  readonly variant: Variant;
  /** Known for a skipped single-output recipe: its sections are evaluated all the same (spec appendix E). */
  readonly buildString?: string;
}

/** A rendered recipe. */
export interface RenderedRecipe {
  readonly location: RecipeLocation;
  /** What it was rendered from. */
  readonly input: RenderInput;
  /** True for a recipe without `outputs:`. */
  readonly single: boolean;
  /** In build order. */
  readonly outputs: readonly RenderedOutput[];
  /** For each output its scripts as written, for `--render-only`. */
  readonly nodes: readonly OutputNode[];
  /** The same outputs in the order of rendering. */
  readonly renderingOrder: readonly RenderedOutput[];
  readonly skipped: readonly SkippedOutput[];
  readonly notices: readonly RecipeProblem[];
  /** What keeps the outputs from being built by this version; not empty: refuse before any script runs. */
  readonly unsupported: readonly RecipeProblem[];
}

/** Rounds in which evaluation may bring up new variant keys (spec 2.3). */
const ROUND_COUNT_MAX = 10;

/** A recipe as written. */
export interface Decoded {
  readonly template: RecipeTemplate;
  readonly problems: ProblemList;
}

/** Reads the text of a recipe, or says all that is wrong with it. */
export function decode(input: RenderInput): Result<Decoded, RecipeProblem[]> {
  const problems = new ProblemList(new SourceText(input.location.recipePath, input.text));
  const node = parseYaml(problems);
  const template = node && decodeRecipe(node, { problems });
  if (template === undefined || problems.errorCount > 0) return fail(problems.ofSeverity('error'));
  findLikelyMistakes(template, problems);
  return ok({ template, problems });
}

/** Free names that have values but aren't in the combination; what only calls with computed arguments read stays out. */
function newKeys(result: CombinationResult, config: VariantConfig): string[] {
  const { variant } = result.combination;
  const found = new Set<string>();
  for (const { freeNames } of [...result.staging.values(), ...result.packages])
    for (const name of freeNames) found.add(normalizeKey(name));
  return [...found].filter((key) => config.values.has(key) && !Object.hasOwn(variant, key));
}

interface Evaluated {
  readonly evaluation: RecipeEvaluation;
  readonly results: readonly CombinationResult[];
}

/** What an evaluation starts from. */
export function evaluationOf(decoded: Decoded, input: RenderInput): RecipeEvaluation {
  return {
    template: decoded.template,
    problems: new ProblemList(decoded.problems.source),
    files: input.files,
    platforms: input.platforms,
    platformValues: new Map(Object.entries(platformVariables(input.platforms))),
    functions: standardFunctions({
      targetPlatform: input.platforms.target,
      environmentVariable: (name) => input.environment[name],
      additional: placeFunctions({
        experimental: input.experimental ?? false,
        files: input.files,
        git: gitRepositories(input.location.recipeDir, input.environment),
      }),
    }),
  };
}

/** Shown where a variant file gives the values of the key to blame; those of the command line have no place. */
function variantProblem(
  { message, key, help }: MatrixProblem,
  recipe: SourceText,
  variants: VariantConfig,
): RecipeProblem {
  const place = key === undefined ? undefined : variants.places?.get(key);
  const { source, range } = place ?? { source: recipe, range: undefined };
  return source.problem({ code: 'VARIANT_INVALID', message, range, help });
}

/** Evaluates every combination; those that turn out to need more keys come again, after the others (spec 2.3). */
function evaluateAll(
  decoded: Decoded,
  input: RenderInput,
  environment: ReadonlySet<string>,
): Result<Evaluated, RecipeProblem[]> {
  const { source } = decoded.problems;
  const { variants } = input;
  const failed = (problem: MatrixProblem) => fail([variantProblem(problem, source, variants)]);
  const matrix = combinations(variants, usedKeys(decoded.template, environment));
  if (!matrix.ok) return failed(matrix.failure);
  const evaluation = evaluationOf(decoded, input);
  const evaluator = new RecipeEvaluator(evaluation);
  const results: CombinationResult[] = [];
  let waiting = matrix.value;
  for (let round = 1; waiting.length > 0; round += 1) {
    const wider: Variant[] = [];
    for (const variant of waiting) {
      const result = evaluator.evaluate(variant);
      const added = round === ROUND_COUNT_MAX ? [] : newKeys(result, variants);
      if (added.length === 0) {
        results.push(result);
        continue;
      }
      const more = widened(variants, variant, added);
      if (!more.ok) return failed(more.failure);
      const problem = tooMany(results.length + wider.length + more.value.length);
      if (problem !== undefined) return failed(problem);
      wider.push(...more.value);
    }
    waiting = wider;
  }
  return ok({ evaluation, results });
}

interface Rendered {
  readonly node: OutputNode;
  readonly rendered: RenderedOutput;
}

/** The order in which outputs are rendered: an output waits for the siblings of its own combination. */
function renderingOrder(nodes: readonly OutputNode[], finalizer: Finalizer): OutputNode[] {
  const indexOf = new Map(nodes.map((node, index) => [node, index]));
  const needs = nodes.map((node) => {
    const { requirements } = node.output.sections;
    const names = outputNeeds({ requirements, staging: node.chain.map(({ body }) => body) });
    return [...names].flatMap((name) => {
      const sibling = name === node.output.name ? undefined : finalizer.sibling(name, node);
      return (sibling && indexOf.get(sibling)) ?? [];
    });
  });
  const order = passOrder(nodes.length, (index) => needs[index] ?? []);
  return order.flatMap((index) => nodes[index] ?? []);
}

/** First of the nodes that render to the same package. */
function withoutDuplicates(nodes: readonly OutputNode[], finalizer: Finalizer): Rendered[] {
  const seen = new Set<string>();
  return nodes.flatMap((node) => {
    const rendered = finalizer.finalize(node);
    if (rendered === undefined) return [];
    const identity = `${rendered.name}\n${rendered.version}\n${rendered.build.string}`;
    if (seen.has(identity)) return [];
    seen.add(identity);
    return [{ node, rendered }];
  });
}

function skippedOutputs(
  results: readonly CombinationResult[],
  finalizer: Finalizer,
): SkippedOutput[] {
  const skipped = results.flatMap((result) =>
    result.packages.flatMap((output): SkippedOutput[] => {
      const { name, version, sections } = output;
      if (!output.skipped) return [];
      const { variant } = result.combination;
      if (sections === undefined) return [{ name, version, variant }];
      const rendered = finalizer.finalize({ result, output: { ...output, sections }, chain: [] });
      if (rendered === undefined) return [];
      return [{ name, version, variant: rendered.variant, buildString: rendered.build.string }];
    }),
  );
  const unique = new Map(skipped.map((item) => [JSON.stringify(item), item]));
  return [...unique.values()];
}

/** Refusals of everything that would be built. */
function refusals(nodes: readonly OutputNode[], source: SourceText): RecipeProblem[] {
  const list = new ProblemList(source);
  for (const { output, chain } of nodes) {
    for (const item of [output, ...chain]) for (const draft of item.refusals) list.report(draft);
  }
  return list.ofSeverity('error');
}

/** Errors of both lists in the order of the text, each once. */
function allErrors(written: ProblemList, evaluated: ProblemList): RecipeProblem[] {
  const all = [...written.ofSeverity('error'), ...evaluated.ofSeverity('error')];
  const unique = new Map(
    all.map((problem) => [`${problem.line}:${problem.column}:${problem.message}`, problem]),
  );
  return [...unique.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Renders a recipe, or says all that is wrong with it. */
export function renderRecipe(input: RenderInput): Result<RenderedRecipe, RecipeProblem[]> {
  const decoded = decode(input);
  if (!decoded.ok) return decoded;
  const environment = environmentKeys(input.platforms.host);
  const evaluated = evaluateAll(decoded.value, input, environment);
  if (!evaluated.ok) return evaluated;
  const { evaluation, results } = evaluated.value;
  const { problems } = evaluation;
  const nodes = outputNodes(results, evaluation);
  const mistakes = allErrors(decoded.value.problems, problems);
  if (mistakes.length > 0) return fail(mistakes);
  const finalizer = new Finalizer(nodes, {
    evaluation,
    environment,
    buildNumber: input.buildNumber,
    buildStringPrefix: input.buildStringPrefix,
  });
  const unique = withoutDuplicates(renderingOrder(nodes, finalizer), finalizer);
  const order = orderNodes(
    unique.map(({ rendered }) => ({ name: rendered.name, needs: outputNeeds(rendered) })),
  );
  if (!order.ok) {
    const first = unique.find(({ rendered }) => order.failure.includes(rendered.name));
    problems.report({
      code: 'RECIPE_CYCLE',
      range: first?.node.output.nameRange,
      message: `Cycle detected in recipe outputs: ${order.failure.join(', ')}`,
      help: 'remove one of the requirements or pins that close the cycle',
    });
  }
  const skipped = skippedOutputs(results, finalizer);
  if (!order.ok || problems.errorCount > 0) return fail(problems.ofSeverity('error'));
  const sorted = order.value.flatMap((index) => unique[index] ?? []);
  return ok({
    location: input.location,
    input,
    single: evaluation.template.single,
    outputs: sorted.map(({ rendered }) => rendered),
    nodes: sorted.map(({ node }) => node),
    renderingOrder: unique.map(({ rendered }) => rendered),
    skipped,
    notices: [
      ...(input.variants.notices ?? []),
      ...decoded.value.problems.ofSeverity('notice', 'warning'),
      ...problems.ofSeverity('notice', 'warning'),
    ],
    unsupported: refusals(
      sorted.map(({ node }) => node),
      problems.source,
    ),
  });
}
