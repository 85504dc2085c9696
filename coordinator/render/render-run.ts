/**
 * Renders the recipes of one run: finds them, loads their variant files, renders each, and puts the outputs of all
 * into one order. This is what the command line calls; files are read here and in `recipe-files.ts` only.
 */
import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isKnownPlatform, type PlatformTriple } from '#proto/conda/platform.ts';
import { systemErrorCode } from '#proto/errors.ts';
import type { RecipeLocation, RenderedOutput } from '#proto/recipe/recipe.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import { findRecipes, RECIPE_FILE_NAME } from './find-recipes.ts';
import { orderAcrossRecipes } from './recipe-order.ts';
import { type RecipeProblem, SourceText } from './problems.ts';
import { directoryRecipeFiles, standardInputFiles } from './recipe-files.ts';
import { type RenderedRecipe, renderRecipe } from './render-recipe.ts';
import { loadVariantConfig, VARIANT_FILE_NAMES, type VariantFile } from './variants/load.ts';

/** What `build` is asked to render. Paths are absolute or relative to `cwd`. */
export interface RenderRunInput {
  readonly cwd: string;
  /** Recipe files or directories; `-` reads `standardInput`. */
  readonly recipes: readonly string[];
  /** Directories below which every recipe is rendered. */
  readonly recipeDirs: readonly string[];
  readonly standardInput?: string | undefined;
  readonly variantFiles: readonly string[];
  readonly variantOverrides: readonly {
    readonly key: string;
    readonly values: readonly string[];
  }[];
  readonly ignoreRecipeVariants: boolean;
  readonly platforms: PlatformTriple;
  readonly buildNumber?: number | undefined;
  readonly buildStringPrefix?: string | undefined;
  /** Only this output and what it needs. */
  readonly upTo?: string | undefined;
  /** True if nothing will be built: `upTo` then leaves out what only staging outputs require, as rattler-build does. */
  readonly renderOnly?: boolean;
  /** Allows the functions that look beyond the recipe: `load_from_file` and `git.*`. */
  readonly experimental?: boolean;
  /** True if channels were given on the command line. */
  readonly hasChannels: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** All recipes rendered. */
export interface RenderedRun {
  /** In the order found; outputs inside are in build order. */
  readonly recipes: readonly RenderedRecipe[];
  /** All outputs of all recipes in build order. */
  readonly outputs: readonly { readonly recipe: RenderedRecipe; readonly output: RenderedOutput }[];
}

function problem(file: string, message: string, help: string): RecipeProblem {
  return new SourceText(file, '').problem({ code: 'RECIPE_NOT_FOUND', message, help });
}

function notText(file: string): RecipeProblem {
  const message = `\`${file}\` is not UTF-8 text`;
  const help = 'save it as UTF-8; or was another file meant?';
  return new SourceText(file, '').problem({ message, help });
}

function statOf(path: string): Result<Stats | undefined, RecipeProblem> {
  try {
    return ok(statSync(path, { throwIfNoEntry: false }));
  } catch (error) {
    return fail(unreadable(path, error));
  }
}

/** For the system's errors; others go on. */
function unreadable(path: string, error: unknown): RecipeProblem {
  const reason = systemErrorCode(error);
  if (reason === undefined) throw error;
  return problem(
    path,
    `\`${path}\` can't be read (${reason})`,
    'check the path and its permissions',
  );
}

function locate(path: string, cwd: string): Result<string, RecipeProblem> {
  const full = resolve(cwd, path);
  const found = statOf(full);
  if (!found.ok) return found;
  const stat = found.value;
  if (stat === undefined) {
    return fail(
      problem(
        path,
        `there is no recipe at \`${path}\``,
        'give a recipe file, or a directory that holds `recipe.yaml`',
      ),
    );
  }
  if (!stat.isDirectory()) return ok(full);
  const file = join(full, RECIPE_FILE_NAME);
  if (existsSync(file)) return ok(file);
  return fail(
    problem(
      path,
      `the directory \`${path}\` holds no ${RECIPE_FILE_NAME}`,
      'name the recipe file itself, or use --recipe-dir for a directory of recipes',
    ),
  );
}

function recipesBelow(directory: string, cwd: string): Result<readonly string[], RecipeProblem> {
  const full = resolve(cwd, directory);
  try {
    if (statSync(full, { throwIfNoEntry: false })?.isDirectory() === true)
      return ok(findRecipes(full));
  } catch (error) {
    return fail(unreadable(directory, error));
  }
  const message = `there is no directory \`${directory}\``;
  return fail(problem(directory, message, 'give --recipe-dir a directory'));
}

/** Larger files are refused unread; what is too long for a recipe is said with the recipe. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

function readFile(path: string): Result<string, RecipeProblem> {
  try {
    const stat = statSync(path);
    if (!stat.isFile())
      return fail(
        problem(
          path,
          `\`${path}\` is not a regular file`,
          'give a file; `--recipe -` reads a recipe from standard input',
        ),
      );
    if (stat.size > FILE_BYTES_MAX)
      return fail(
        problem(path, `\`${path}\` has ${stat.size} bytes`, 'is it the file that you meant?'),
      );
    const bytes = readFileSync(path);
    if (!isUtf8(bytes) || bytes.includes(0)) return fail(notText(path));
    return ok(bytes.toString('utf8'));
  } catch (error) {
    return fail(unreadable(path, error));
  }
}

function variantFile(path: string): Result<VariantFile, RecipeProblem> {
  const text = readFile(path);
  return text.ok ? ok({ file: path, text: text.value }) : text;
}

function recipeVariantFile(
  location: RecipeLocation,
  input: RenderRunInput,
): Result<VariantFile | undefined, RecipeProblem> {
  if (input.ignoreRecipeVariants || location.recipePath === '-') return ok(undefined);
  const found = VARIANT_FILE_NAMES.map((name) => join(location.recipeDir, name)).find((path) =>
    existsSync(path),
  );
  return found === undefined ? ok(undefined) : variantFile(found);
}

/** A recipe as it is read. */
export interface RecipeText {
  readonly location: RecipeLocation;
  readonly text: string;
}

function recipeText(path: string): Result<RecipeText, RecipeProblem> {
  const text = readFile(path);
  if (!text.ok) return text;
  return ok({ location: { recipePath: path, recipeDir: dirname(path) }, text: text.value });
}

/** The recipe in a file or directory; `path` is absolute or relative to `cwd`. */
export function readRecipe(path: string, cwd: string): Result<RecipeText, RecipeProblem> {
  const located = locate(path, cwd);
  return located.ok ? recipeText(located.value) : located;
}

/** Channels of a variant and channels of the command line exclude each other (spec 4.5). */
function checkChannels(
  recipe: RenderedRecipe,
  input: RenderRunInput,
): Result<RenderedRecipe, RecipeProblem[]> {
  const own = recipe.outputs.some(({ variant }) => 'channel_sources' in variant);
  if (!input.hasChannels || !own) return ok(recipe);
  return fail([
    new SourceText(recipe.location.recipePath, '').problem({
      code: 'VARIANT_INVALID',
      message: 'channel_sources and channels cannot both be set at the same time',
      help: 'drop `-c`, or the key `channel_sources` of the variant file',
    }),
  ]);
}

function renderOne(
  recipe: RecipeText,
  cliFiles: readonly VariantFile[],
  input: RenderRunInput,
): Result<RenderedRecipe, RecipeProblem[]> {
  const recipeFile = recipeVariantFile(recipe.location, input);
  if (!recipeFile.ok) return fail([recipeFile.failure]);
  const { platforms, environment } = input;
  const variants = loadVariantConfig({
    cliFiles,
    recipeFile: recipeFile.value,
    overrides: input.variantOverrides,
    platforms,
    environment,
  });
  if (!variants.ok) return variants;
  const isStandardInput = recipe.location.recipePath === '-';
  const rendered = renderRecipe({
    text: recipe.text,
    location: recipe.location,
    files: isStandardInput
      ? standardInputFiles(input.cwd)
      : directoryRecipeFiles(recipe.location.recipeDir, input.cwd),
    experimental: input.experimental ?? false,
    platforms,
    variants: variants.value,
    buildNumber: input.buildNumber,
    buildStringPrefix: input.buildStringPrefix,
    environment,
  });
  return rendered.ok ? checkChannels(rendered.value, input) : rendered;
}

function readRecipes(input: RenderRunInput): Result<readonly RecipeText[], RecipeProblem[]> {
  const problems: RecipeProblem[] = [];
  const texts: RecipeText[] = [];
  const add = (read: Result<RecipeText, RecipeProblem>): void => {
    if (read.ok) texts.push(read.value);
    else problems.push(read.failure);
  };
  for (const path of input.recipes) {
    if (path === '-') {
      texts.push({
        location: { recipePath: '-', recipeDir: input.cwd },
        text: input.standardInput ?? '',
      });
      continue;
    }
    add(readRecipe(path, input.cwd));
  }
  for (const directory of input.recipeDirs) {
    const found = recipesBelow(directory, input.cwd);
    if (found.ok) found.value.map(recipeText).forEach(add);
    else problems.push(found.failure);
  }
  return problems.length > 0 ? fail(problems) : ok(texts);
}

function checkPlatforms(platforms: PlatformTriple): RecipeProblem[] {
  const named = [
    ['--target-platform', platforms.target],
    ['--host-platform', platforms.host],
    ['--build-platform', platforms.build],
  ] as const;
  return named
    .filter(
      ([, platform], index) =>
        !isKnownPlatform(platform) && named.findIndex(([, other]) => other === platform) === index,
    )
    .map(([flag, platform]) =>
      new SourceText('command line', '').problem({
        code: 'USAGE_INVALID',
        message: `${flag} can't be \`${platform}\``,
        help:
          platform === 'noarch'
            ? 'noarch packages are built for a platform too: give that one'
            : 'give a platform such as linux-64',
      }),
    );
}

/** Reads and renders everything, or says all that is wrong in all recipes. */
export function renderRun(input: RenderRunInput): Result<RenderedRun, RecipeProblem[]> {
  const usage = checkPlatforms(input.platforms);
  if (usage.length > 0) return fail(usage);
  const texts = readRecipes(input);
  if (!texts.ok) return texts;
  const cliFiles = input.variantFiles.map((path) => variantFile(resolve(input.cwd, path)));
  const problems = cliFiles.flatMap((file) => (file.ok ? [] : [file.failure]));
  if (problems.length > 0) return fail(problems);
  const files = cliFiles.flatMap((file) => (file.ok ? [file.value] : []));
  const recipes: RenderedRecipe[] = [];
  for (const recipe of texts.value) {
    const rendered = renderOne(recipe, files, input);
    if (rendered.ok) recipes.push(rendered.value);
    else problems.push(...rendered.failure);
  }
  if (problems.length > 0) return fail(problems);
  const { upTo: name, renderOnly = false } = input;
  return orderAcrossRecipes(
    recipes,
    name === undefined ? undefined : { name, countsStaging: !renderOnly },
  );
}
