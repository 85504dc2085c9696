/**
 * Package outputs that other package outputs inherit from (CEP 41). What they hand on is what a staging output hands
 * on, the files that their script makes: so for their inheritors they are one. Their `build` and `about` are
 * inherited besides, key by key.
 */
import type { PackageOutputTemplate, TopLevelTemplate } from '../template/sections.ts';
import { withInheritance } from '../inherit.ts';
import type { Evaluator } from './evaluator.ts';
import type { EvaluatedPackage } from './package-output.ts';
import type { RecipeEvaluation } from './recipe-evaluation.ts';
import type { EvaluatedStaging } from './staging-output.ts';

/** The staging output that a package output is for its inheritors. */
function asStaging(output: EvaluatedPackage): EvaluatedStaging | undefined {
  const { sections, name, reads, freeNames, nameRange, inheritRange } = output;
  if (output.skipped || sections === undefined) return undefined;
  const { build, host, ignore_run_exports } = sections.requirements;
  const merges = sections.build.merge_build_and_host_envs;
  return {
    body: {
      kind: 'staging',
      name,
      source: sections.source,
      script: sections.script.script,
      requirements: { build, host, ignore_run_exports },
      inherit: sections.inherit,
    },
    scriptDocument: sections.script.document,
    reads,
    freeNames,
    refusals: merges
      ? [
          {
            code: 'RECIPE_UNSUPPORTED',
            range: nameRange,
            message: `\`${name}\` merges its environments, and other outputs inherit from it: not done by this version`,
            help: 'move what both need into a staging output',
          },
        ]
      : [],
    nameRange,
    inheritRange,
    isPackage: true,
  };
}

/** What may be inherited: the staging outputs, and the package outputs whose names outputs inherit from. */
export function inheritable(
  staging: ReadonlyMap<string, EvaluatedStaging>,
  packages: readonly EvaluatedPackage[],
): ReadonlyMap<string, EvaluatedStaging> {
  const wanted = packages.map(({ sections }) => sections?.inherit?.from);
  if (wanted.every((name) => name === undefined || staging.has(name))) return staging;
  const all = new Map(staging);
  for (const output of packages) {
    if (all.has(output.name)) continue;
    const made = asStaging(output);
    if (made !== undefined) all.set(output.name, made);
  }
  return all;
}

function outputNamed(
  name: string,
  evaluation: RecipeEvaluation,
  evaluator: Evaluator,
): PackageOutputTemplate | undefined {
  const { outputs } = evaluation.template;
  const isStaging = outputs.some(
    (output) => output.kind === 'staging' && evaluator.text(output.name) === name,
  );
  if (isStaging) return undefined;
  return outputs.find(
    (output): output is PackageOutputTemplate =>
      output.kind === 'package' && evaluator.text(output.package.name)?.toLowerCase() === name,
  );
}

/**
 * What stands above an output: the top level, and between it and the output the package output that it inherits
 * from, if that is one. `seen` ends circles, which are reported elsewhere.
 */
export function sectionsAbove(
  own: PackageOutputTemplate,
  evaluation: RecipeEvaluation,
  evaluator: Evaluator,
  seen: ReadonlySet<PackageOutputTemplate> = new Set(),
): TopLevelTemplate {
  const { top } = evaluation.template;
  const name = own.inherit === undefined ? undefined : evaluator.nonEmptyText(own.inherit.from);
  const parent = name === undefined ? undefined : outputNamed(name, evaluation, evaluator);
  if (parent === undefined || parent === own || seen.has(parent)) return top;
  const above = sectionsAbove(parent, evaluation, evaluator, new Set([...seen, own]));
  const { build, about } = withInheritance(above, parent);
  return { ...top, build, about };
}
