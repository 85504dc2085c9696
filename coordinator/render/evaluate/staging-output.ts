/** Staging outputs of one combination, and the chain that an output inherits (spec 1.11, 1.12; CEP 41). */
import type { RenderedStaging } from '#proto/recipe/recipe.ts';
import { nearestWord } from '../decode/nearest.ts';
import { concatLists } from '../inherit.ts';
import type { ProblemDraft, TextRange } from '../problems.ts';
import { unsupportedSource, unsupportedSteps } from '../supported.ts';
import type { InheritTemplate, StagingTemplate } from '../template/sections.ts';
import { freeName } from './dependency.ts';
import type { Evaluator } from './evaluator.ts';
import { type Combination, outputTools, type RecipeEvaluation } from './recipe-evaluation.ts';
import { evaluateStagingRequirements } from './requirements.ts';
import { evaluateScript, NO_SCRIPT } from './script.ts';
import { evaluateSources } from './source.ts';

/** A staging output as evaluated; its variant is chosen from `reads` and `freeNames`. */
export interface EvaluatedStaging {
  readonly body: Omit<RenderedStaging, 'variant'>;
  readonly scriptDocument: unknown;
  readonly reads: ReadonlySet<string>;
  readonly freeNames: readonly string[];
  readonly refusals: readonly ProblemDraft[];
  readonly nameRange: TextRange;
  readonly inheritRange: TextRange | undefined;
  /** A package output that others inherit from. */
  readonly isPackage?: true;
}

/** `inherit:` as plain data. */
export function evaluateInherit(
  template: InheritTemplate | undefined,
  evaluator: Evaluator,
): RenderedStaging['inherit'] {
  const from = evaluator.nonEmptyText(template?.from);
  if (from === undefined) return null;
  return { from, run_exports: evaluator.boolean(template?.run_exports, 'run_exports') ?? true };
}

/** Evaluates one staging output. Top-level sources come first, unless it inherits a work directory. */
export function evaluateStaging(
  template: StagingTemplate,
  evaluation: RecipeEvaluation,
  combination: Combination,
): EvaluatedStaging | undefined {
  const { scope, evaluator, place, refusals } = outputTools(evaluation, combination);
  const name = evaluator.nonEmptyText(template.name);
  const list =
    template.inherit === undefined
      ? concatLists(evaluation.template.top.source, template.source)
      : template.source;
  const sources = evaluateSources(list, evaluator, scope);
  const script =
    template.script === undefined ? NO_SCRIPT : evaluateScript(template.script, evaluator, place);
  const requirements = evaluateStagingRequirements(template.requirements, evaluator);
  const inherit = evaluateInherit(template.inherit, evaluator);
  refusals.push(
    ...sources.flatMap(({ source, template: written }) => unsupportedSource(source, written)),
  );
  if (template.steps !== undefined) refusals.push(unsupportedSteps(template.steps.range));
  if (name === undefined) return undefined;
  const specs = [...requirements.build, ...requirements.host];
  return {
    body: {
      kind: 'staging',
      name,
      source: sources.map(({ source }) => source),
      script: script.script,
      requirements,
      inherit,
    },
    scriptDocument: script.document,
    reads: scope.reads,
    freeNames: specs.flatMap((spec) => freeName(spec) ?? []),
    refusals,
    nameRange: template.name.scalar.range,
    inheritRange: template.inherit?.range,
  };
}

/** Staging outputs by name; a name used twice is reported (CEP 41 wants them unique). */
export function stagingByName(
  staging: readonly EvaluatedStaging[],
  evaluation: RecipeEvaluation,
): ReadonlyMap<string, EvaluatedStaging> {
  const byName = new Map<string, EvaluatedStaging>();
  for (const item of staging) {
    if (byName.has(item.body.name)) {
      evaluation.problems.report({
        message: `two staging outputs are named \`${item.body.name}\``,
        range: item.nameRange,
        help: 'give each its own name',
      });
    }
    byName.set(item.body.name, item);
  }
  return byName;
}

function reportUnknown(
  evaluation: RecipeEvaluation,
  place: { readonly name: string; readonly range: TextRange | undefined },
  known: ReadonlyMap<string, EvaluatedStaging>,
): void {
  const isSkipped = evaluation.template.outputs.some(
    (output) => output.kind === 'package' && output.package.name?.scalar.text === place.name,
  );
  const names = [...known.values()].flatMap((item) => (item.isPackage ? [] : [item.body.name]));
  const near = isSkipped ? undefined : nearestWord(place.name, [...known.keys()]);
  evaluation.problems.report({
    message: `Staging cache '${place.name}' not found. Available caches: ${names.length === 0 ? 'none' : names.join(', ')}`,
    range: place.range,
    help: near
      ? `did you mean \`${near}\`?`
      : isSkipped
        ? `\`${place.name}\` is a package output: one that is skipped can't be inherited from, and no staging output inherits from one`
        : 'name a staging output or a package output of this recipe',
  });
}

function reportPackageBelowStaging(
  evaluation: RecipeEvaluation,
  range: TextRange | undefined,
  name: string,
): void {
  evaluation.problems.report({
    message: `a staging output can't inherit from the package output \`${name}\``,
    range,
    help: 'a staging output inherits from staging outputs only',
  });
}

/** The staging outputs that `inherit` leads to, nearest first. Unknown names and cycles are reported. */
export function stagingChain(
  inherit: { readonly from: RenderedStaging['inherit']; readonly range: TextRange | undefined },
  known: ReadonlyMap<string, EvaluatedStaging>,
  evaluation: RecipeEvaluation,
): readonly EvaluatedStaging[] {
  const chain: EvaluatedStaging[] = [];
  let { from, range } = inherit;
  while (from !== null) {
    const next = known.get(from.from);
    if (next === undefined) {
      reportUnknown(evaluation, { name: from.from, range }, known);
      return chain;
    }
    const last = chain.at(-1);
    if (next.isPackage === true && last !== undefined && last.isPackage !== true) {
      reportPackageBelowStaging(evaluation, range, next.body.name);
      return chain;
    }
    if (chain.includes(next)) {
      const names = [...new Set(chain.map(({ body }) => body.name))].sort();
      evaluation.problems.report({
        code: 'RECIPE_CYCLE',
        message: `Cycle detected in recipe outputs: ${names.join(', ')}`,
        range,
        help: "an output can't inherit from itself",
      });
      return chain;
    }
    chain.push(next);
    range = next.inheritRange;
    from = next.body.inherit;
  }
  return chain;
}
