/** Loads variant files in their order and applies what the command line says (spec 2.1). */
import { type PlatformTriple, platformVariables } from '#proto/conda/platform.ts';
import { standardFunctions } from '#proto/recipe/expression/functions.ts';
import type { VariantValue } from '#proto/recipe/recipe.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import { Evaluator } from '../evaluate/evaluator.ts';
import { RecipeScope } from '../evaluate/scope.ts';
import { ProblemList, type RecipeProblem, SourceText } from '../problems.ts';
import { parseYaml } from '../yaml/document.ts';
import {
  mergeVariantFiles,
  normalizeKey,
  type VariantConfig,
  type VariantFileContent,
} from './config.ts';
import { applySelectors, legacyVariantFile } from './legacy.ts';
import { modernVariantFile } from './modern.ts';

/** Files of this name have selectors in comments. */
const LEGACY_FILE_NAME = 'conda_build_config.yaml';
/** Looked for beside a recipe; the first one found is loaded. */
export const VARIANT_FILE_NAMES = ['variants.yaml', LEGACY_FILE_NAME] as const;

/** One variant file. */
export interface VariantFile {
  readonly file: string;
  readonly text: string;
}

/** What makes up a variant configuration. */
export interface VariantInput {
  /** From the command line, `-m`: they win over the file beside the recipe. */
  readonly cliFiles: readonly VariantFile[];
  /** The file beside the recipe, if any and if it is not ignored. */
  readonly recipeFile: VariantFile | undefined;
  /** `--variant key=v1,v2`: replaces the key's values. */
  readonly overrides: readonly { readonly key: string; readonly values: readonly string[] }[];
  readonly platforms: PlatformTriple;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A file that was read, and what to tell about it. */
interface LoadedFile {
  readonly content: VariantFileContent;
  readonly notices: readonly RecipeProblem[];
}

function loadFile(file: VariantFile, input: VariantInput): Result<LoadedFile, RecipeProblem[]> {
  const isLegacy = file.file.split(/[\\/]/).at(-1) === LEGACY_FILE_NAME;
  const functions = standardFunctions({
    targetPlatform: input.platforms.target,
    environmentVariable: (name) => input.environment[name],
  });
  const platform = new Map(Object.entries(platformVariables(input.platforms)));
  const scope = new RecipeScope({ platform, variant: {}, functions }, new Map());
  const written = new Evaluator(
    new ProblemList(new SourceText(file.file, file.text), 'VARIANT_INVALID'),
    scope,
  );
  const text = isLegacy ? applySelectors(file.text, written) : file.text;
  const problems = new ProblemList(new SourceText(file.file, text), 'VARIANT_INVALID');
  const evaluator = new Evaluator(problems, scope);
  const node = parseYaml(problems);
  const content = node && (isLegacy ? legacyVariantFile : modernVariantFile)(node, evaluator);
  const errors = [...written.problems.ofSeverity('error'), ...problems.ofSeverity('error')];
  if (content === undefined || errors.length > 0) return fail(errors);
  return ok({ content, notices: problems.ofSeverity('warning', 'notice') });
}

function overrideContent(input: VariantInput): VariantFileContent {
  const values = new Map<string, readonly VariantValue[]>();
  for (const { key, values: list } of input.overrides) values.set(normalizeKey(key), list);
  values.set('target_platform', [input.platforms.target]);
  values.set('build_platform', [input.platforms.build]);
  return { values, zipKeys: undefined };
}

/** The configuration, or everything that is wrong with the files. */
export function loadVariantConfig(input: VariantInput): Result<VariantConfig, RecipeProblem[]> {
  const files = [
    ...input.cliFiles,
    ...(input.recipeFile === undefined ? [] : [input.recipeFile]),
    ...(input.recipeFile === undefined ? [] : input.cliFiles),
  ];
  const loaded = new Map<VariantFile, Result<LoadedFile, RecipeProblem[]>>();
  for (const file of files) if (!loaded.has(file)) loaded.set(file, loadFile(file, input));
  const contents: VariantFileContent[] = [];
  const problems: RecipeProblem[] = [];
  const notices: RecipeProblem[] = [];
  for (const file of loaded.values()) {
    if (file.ok) notices.push(...file.value.notices);
    else problems.push(...file.failure);
  }
  if (problems.length > 0) return fail(problems);
  for (const file of files) {
    const content = loaded.get(file);
    if (content?.ok === true) contents.push(content.value.content);
  }
  return ok({ ...mergeVariantFiles([...contents, overrideContent(input)]), notices });
}
