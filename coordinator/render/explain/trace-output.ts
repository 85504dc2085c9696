/** Evaluates the parts of one rendered output again, this time noting where everything is read. */
import { StageyardError } from '#proto/errors.ts';
import { ReadTrace } from '../evaluate/read-trace.ts';
import { type Combination, combine, type RecipeEvaluation } from '../evaluate/recipe-evaluation.ts';
import { evaluatePackage } from '../evaluate/package-output.ts';
import { evaluateStaging } from '../evaluate/staging-output.ts';
import type { OutputNode } from '../finalize.ts';
import type { SourceText } from '../problems.ts';
import { decode, evaluationOf, type RenderedRecipe } from '../render-recipe.ts';
import type { PackageOutputTemplate, StagingTemplate } from '../template/sections.ts';
import type { TemplateValue } from '../template/value.ts';

/** One output or staging output with what its evaluation read. */
export interface TracedPart<T> {
  readonly template: T;
  readonly trace: ReadTrace;
}

/** Everything that an output's hash may depend on. */
export interface TracedOutput {
  readonly source: SourceText;
  readonly context: ReadTrace;
  readonly own: TracedPart<PackageOutputTemplate>;
  /** Outputs that it inherits from, nearest first. */
  readonly inherited: readonly (TracedPart<StagingTemplate | PackageOutputTemplate> & {
    readonly name: string;
  })[];
  /** `build.variant.use_keys` of the output and of the top level. */
  readonly useKeys: readonly TemplateValue[];
}

function tracing(combination: Combination): { combination: Combination; trace: ReadTrace } {
  const trace = new ReadTrace();
  return { trace, combination: { ...combination, parts: { ...combination.parts, trace } } };
}

function lost(what: string): StageyardError {
  return new StageyardError('INTERNAL', `${what} is not what it was when it was rendered`);
}

function literalItems(template: PackageOutputTemplate['build']): TemplateValue[] {
  const items = template.variant?.use_keys?.items ?? [];
  return items.flatMap((item) => (item.kind === 'item' ? [item.value] : []));
}

/** Where its name is written: what it is known by. */
function startOf(output: StagingTemplate | PackageOutputTemplate): number {
  if (output.kind === 'staging') return output.name.scalar.range.start;
  return (output.package.name?.scalar.range ?? output.range).start;
}

/** Traces an output of a rendered recipe. Throws `INTERNAL` if the recipe's text isn't the one rendered. */
export function traceOutput(recipe: RenderedRecipe, node: OutputNode): TracedOutput {
  const decoded = decode(recipe.input);
  if (!decoded.ok) throw lost(recipe.location.recipePath);
  const { template, problems } = decoded.value;
  const context = new ReadTrace();
  const base: RecipeEvaluation = evaluationOf(decoded.value, recipe.input);
  const combination = combine({ ...base, trace: context }, node.result.combination.variant);
  const own = template.outputs.find((output) => startOf(output) === node.output.nameRange.start);
  if (own?.kind !== 'package') throw lost(node.output.name);
  const traced = tracing(combination);
  evaluatePackage(own, base, traced.combination);
  const inherited = node.chain.map((part) => {
    const found = template.outputs.find((output) => startOf(output) === part.nameRange.start);
    if (found === undefined) throw lost(part.body.name);
    const inner = tracing(combination);
    if (found.kind === 'staging') evaluateStaging(found, base, inner.combination);
    else evaluatePackage(found, base, inner.combination);
    return { name: part.body.name, template: found, trace: inner.trace };
  });
  return {
    source: problems.source,
    context,
    own: { template: own, trace: traced.trace },
    inherited,
    useKeys: [...literalItems(own.build), ...literalItems(template.top.build)],
  };
}
