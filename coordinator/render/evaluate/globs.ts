/** Glob lists as plain data (spec 1.6). */
import type { GlobLists } from '#proto/recipe/recipe.ts';
import type { FlagOrGlobsTemplate, GlobsTemplate } from '../template/sections.ts';
import type { Evaluator } from './evaluator.ts';

/** Both lists; empty where nothing is configured. */
export function evaluateGlobs(
  template: GlobsTemplate | undefined,
  evaluator: Evaluator,
): GlobLists {
  return {
    include: evaluator.texts(template?.include),
    exclude: evaluator.texts(template?.exclude),
  };
}

/** A boolean or globs; `fallback` where neither is given. */
export function evaluateFlagOrGlobs(
  template: FlagOrGlobsTemplate | undefined,
  evaluator: Evaluator,
  options: { readonly name: string; readonly fallback: boolean },
): boolean | readonly string[] {
  if (template?.globs !== undefined) return evaluator.texts(template.globs);
  return evaluator.boolean(template?.flag, options.name) ?? options.fallback;
}
