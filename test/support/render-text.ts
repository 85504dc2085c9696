/** Renders recipe text in memory. */
import type { RenderedOutput, VariantValue } from '#proto/recipe/recipe.ts';
import type { Result } from '#proto/result.ts';
import { formatProblems, type RecipeProblem } from '#coordinator/render/problems.ts';
import type { RecipeFiles } from '#coordinator/render/recipe-files.ts';
import { type RenderedRecipe, renderRecipe } from '#coordinator/render/render-recipe.ts';

/** What differs from rendering for linux-64 with no variants. */
export interface RenderTextOptions {
  readonly variants?: Readonly<Record<string, readonly VariantValue[]>>;
  readonly zipKeys?: readonly (readonly string[])[];
  readonly files?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly build?: string;
  readonly buildNumber?: number;
  readonly buildStringPrefix?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly experimental?: boolean;
}

/** Files that exist only here. */
export function memoryFiles(files: Readonly<Record<string, string>>): RecipeFiles {
  return {
    exists: (path) => Object.hasOwn(files, path),
    readText: (path) => files[path],
    list: (path) => Object.keys(files).filter((name) => name.startsWith(`${path}/`)),
  };
}

/** The rendering of a text, as a value. */
export function renderText(
  text: string,
  options: RenderTextOptions = {},
): Result<RenderedRecipe, RecipeProblem[]> {
  const { build = 'linux-64', target = build } = options;
  const values = { ...options.variants, target_platform: [target], build_platform: [build] };
  return renderRecipe({
    text,
    location: { recipePath: '/recipes/example/recipe.yaml', recipeDir: '/recipes/example' },
    files: memoryFiles(options.files ?? {}),
    platforms: { build, target, host: target },
    variants: { values: new Map(Object.entries(values)), zipKeys: options.zipKeys ?? [] },
    buildNumber: options.buildNumber,
    buildStringPrefix: options.buildStringPrefix,
    environment: options.environment ?? {},
    experimental: options.experimental ?? false,
  });
}

/** The rendered recipe; a refusal fails the test with its text. */
export function rendered(text: string, options: RenderTextOptions = {}): RenderedRecipe {
  const result = renderText(text, options);
  if (!result.ok) throw new Error(formatProblems(result.failure));
  return result.value;
}

/** The only output. */
export function onlyOutput(text: string, options: RenderTextOptions = {}): RenderedOutput {
  const { outputs } = rendered(text, options);
  const [first] = outputs;
  if (first === undefined || outputs.length > 1) throw new Error(`${outputs.length} outputs`);
  return first;
}

/** Messages of a refusal; empty if the recipe is accepted. */
export function refusals(text: string, options: RenderTextOptions = {}): readonly string[] {
  const result = renderText(text, options);
  return result.ok ? [] : result.failure.map(({ message }) => message);
}
