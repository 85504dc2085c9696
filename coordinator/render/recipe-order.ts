/** One build order over the outputs of several recipes, and the part of it that one output needs (spec 2.7). */
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import { outputNeeds } from './output-needs.ts';
import { orderNodes } from './output-order.ts';
import { type RecipeProblem, SourceText } from './problems.ts';
import type { RenderedRecipe } from './render-recipe.ts';

/** An output with the recipe it is from. */
export interface PlacedOutput {
  readonly recipe: RenderedRecipe;
  readonly output: RenderedOutput;
}

/** Recipes with their outputs in one order. */
interface Ordered {
  readonly recipes: readonly RenderedRecipe[];
  readonly outputs: readonly PlacedOutput[];
}

function refuse(
  recipes: readonly RenderedRecipe[],
  message: string,
  help: string,
): { ok: false; failure: RecipeProblem[] } {
  const file =
    recipes.length === 1 ? (recipes[0]?.location.recipePath ?? '') : 'the recipes of this run';
  const code = message.startsWith('Cycle') ? 'RECIPE_CYCLE' : 'USAGE_INVALID';
  return fail([new SourceText(file, '').problem({ code, message, help })]);
}

/** The part of the order that one output needs. */
export interface UpTo {
  readonly name: string;
  /** Whether what only an inherited staging output requires counts: to build yes, as rattler-build lists it no. */
  readonly countsStaging: boolean;
}

/** Names that an output needs, itself included. */
function closure({ name, countsStaging }: UpTo, outputs: readonly RenderedOutput[]) {
  const needsOfName = new Map<string, Set<string>>();
  for (const output of outputs) {
    const needs = needsOfName.get(output.name) ?? new Set<string>();
    const counted = countsStaging ? output : { ...output, staging: [] };
    for (const need of outputNeeds(counted)) needs.add(need);
    needsOfName.set(output.name, needs);
  }
  const found = new Set<string>();
  const pending = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (found.has(next) || !needsOfName.has(next)) continue;
    found.add(next);
    pending.push(...(needsOfName.get(next) ?? []));
  }
  return found;
}

function keepOnly(recipe: RenderedRecipe, names: ReadonlySet<string>): RenderedRecipe {
  const kept = recipe.outputs.map(({ name }) => names.has(name));
  return {
    ...recipe,
    outputs: recipe.outputs.filter((_, index) => kept[index]),
    nodes: recipe.nodes.filter((_, index) => kept[index]),
  };
}

/** Orders all outputs of all recipes; `upTo` keeps that output and what it needs. Unknown names and cycles fail. */
export function orderAcrossRecipes(
  recipes: readonly RenderedRecipe[],
  upTo?: UpTo,
): Result<Ordered, RecipeProblem[]> {
  const all = recipes.flatMap(({ outputs }) => outputs);
  if (upTo !== undefined && !all.some(({ name }) => name === upTo.name)) {
    const names = [...new Set(all.map(({ name }) => name))].sort().join(', ');
    return refuse(
      recipes,
      `The package '${upTo.name}' was not found in the outputs`,
      `the outputs are ${names}`,
    );
  }
  const names = upTo === undefined ? undefined : closure(upTo, all);
  const kept = names === undefined ? recipes : recipes.map((recipe) => keepOnly(recipe, names));
  const placed = kept.flatMap((recipe) => recipe.outputs.map((output) => ({ recipe, output })));
  const order = orderNodes(
    placed.map(({ output }) => ({ name: output.name, needs: outputNeeds(output) })),
  );
  if (!order.ok) {
    return refuse(
      recipes,
      `Cycle detected in recipe outputs: ${order.failure.join(', ')}`,
      'remove one of the requirements that close the cycle',
    );
  }
  return ok({ recipes: kept, outputs: order.value.flatMap((index) => placed[index] ?? []) });
}
