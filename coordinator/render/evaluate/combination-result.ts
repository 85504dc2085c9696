/**
 * All outputs of one combination. An output is evaluated once for all combinations that agree in the values it
 * reads, so that a recipe of many outputs and many variants costs what is different in it, not the product.
 */
import type { Variant } from '#proto/recipe/recipe.ts';
import type { ProblemList } from '../problems.ts';
import type { PackageOutputTemplate, StagingTemplate } from '../template/sections.ts';
import { inheritable } from './inherited-package.ts';
import { type EvaluatedPackage, evaluatePackage } from './package-output.ts';
import { type Combination, combine, type RecipeEvaluation } from './recipe-evaluation.ts';
import { type EvaluatedStaging, evaluateStaging, stagingByName } from './staging-output.ts';

/** One combination with its evaluated outputs, in the written order. */
export interface CombinationResult {
  readonly combination: Combination;
  /** By name; package outputs that others inherit from are among them. */
  readonly staging: ReadonlyMap<string, EvaluatedStaging>;
  readonly packages: readonly EvaluatedPackage[];
}

/** Results by the values that were read to get them. */
class ReadMemo<T extends { readonly reads: ReadonlySet<string> }> {
  readonly #byKeys = new Map<string, { keys: readonly string[]; results: Map<string, T> }>();

  #signature(keys: readonly string[], variant: Variant): string {
    return JSON.stringify(keys.map((key) => [Object.hasOwn(variant, key), variant[key]]));
  }

  get(combination: Combination, compute: () => T | undefined): T | undefined {
    const { variant, context } = combination;
    for (const { keys, results } of this.#byKeys.values()) {
      const known = results.get(this.#signature(keys, variant));
      if (known !== undefined) return known;
    }
    const result = compute();
    if (result === undefined) return undefined;
    const keys = [...new Set([...result.reads, ...context.reads])].sort();
    const name = keys.join(' ');
    const entry = this.#byKeys.get(name) ?? { keys, results: new Map<string, T>() };
    entry.results.set(this.#signature(keys, variant), result);
    this.#byKeys.set(name, entry);
    return result;
  }
}

/** Outputs of one name that are built together are accepted, and the last one wins wherever the name is required. */
function warnOfSameNames(
  packages: readonly EvaluatedPackage[],
  staging: ReadonlyMap<string, EvaluatedStaging>,
  problems: ProblemList,
): void {
  const seen = new Set<string>();
  for (const { name, skipped, nameRange } of packages) {
    if (skipped) continue;
    const isStaged = staging.get(name)?.isPackage === undefined && staging.has(name);
    if (seen.has(name) || isStaged) {
      problems.report({
        severity: 'warning',
        message: isStaged
          ? `a staging output and a package output are both named \`${name}\``
          : `two package outputs are named \`${name}\``,
        range: nameRange,
        help: 'give each its own name, or skip all but one',
      });
    }
    seen.add(name);
  }
}

/** Evaluates combinations of one recipe, sharing what they have in common. */
export class RecipeEvaluator {
  readonly #evaluation: RecipeEvaluation;
  readonly #staging = new Map<StagingTemplate, ReadMemo<EvaluatedStaging>>();
  readonly #packages = new Map<PackageOutputTemplate, ReadMemo<EvaluatedPackage>>();

  constructor(evaluation: RecipeEvaluation) {
    this.#evaluation = evaluation;
    for (const output of evaluation.template.outputs) {
      if (output.kind === 'staging') this.#staging.set(output, new ReadMemo());
      else this.#packages.set(output, new ReadMemo());
    }
  }

  /** All outputs for one variant. */
  evaluate(variant: Variant): CombinationResult {
    const evaluation = this.#evaluation;
    const combination = combine(evaluation, variant);
    const staging = [...this.#staging].flatMap(
      ([template, memo]) =>
        memo.get(combination, () => evaluateStaging(template, evaluation, combination)) ?? [],
    );
    const packages = [...this.#packages].flatMap(
      ([template, memo]) =>
        memo.get(combination, () => evaluatePackage(template, evaluation, combination)) ?? [],
    );
    const byName = stagingByName(staging, evaluation);
    warnOfSameNames(packages, byName, evaluation.problems);
    const known = inheritable(byName, packages);
    return { combination, staging: known, packages };
  }
}
