/**
 * Which files of the recipe directory a task's bytes depend on: the script file, patches, path sources.
 * A script that mentions `RECIPE_DIR` may read any of them, so it depends on the whole directory; so
 * does a path source with a file that mentions it. Everything else may change without a rebuild.
 */
import type { ErrorData } from '#proto/errors.ts';
import type { Script, Source } from '#proto/recipe/recipe.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import type { PlanRecipe, RecipeFile } from './plan.ts';

/** What a task takes from its recipe besides the evaluated text. */
export interface MaterialQuery {
  readonly scripts: readonly Script[];
  readonly sources: readonly Source[];
  /** Globs or paths that aren't looked at more closely: not empty means the whole directory. */
  readonly globs: readonly string[];
}

/** Digests by what they are of; plain JSON for a key. */
export interface RecipeMaterial {
  /** Digest of the whole directory, where the task may depend on all of it. */
  readonly directory?: string;
  /** `path digest`, sorted. */
  readonly files: readonly string[];
  /** Path sources outside the recipe directory: `path as written digest`. */
  readonly trees: readonly string[];
}

const MENTION = 'RECIPE_DIR';
/** What a script without an extension is looked up as. */
const SCRIPT_EXTENSIONS = ['', '.sh', '.bat', '.py', '.nu', '.ps1', '.rb', '.R', '.pl'];
/** Used when an output states no script at all. */
const DEFAULT_SCRIPTS = ['build'];

/** The material of a task; fails when a path source outside the directory wasn't bundled. */
export function recipeMaterial(
  recipe: PlanRecipe,
  query: MaterialQuery,
): Result<RecipeMaterial, ErrorData> {
  const trees: string[] = [];
  const inside: string[] = [];
  for (const path of sourcePaths(query.sources)) {
    const tree = recipe.bundle.pathSources[path];
    const local = localPath(path);
    if (tree !== undefined) trees.push(`${path} ${tree.digest}`);
    else if (local !== undefined) inside.push(local);
    else return fail(unbundled(recipe, path));
  }
  const directory = { directory: recipe.bundle.recipeDir.digest, files: [], trees };
  if (recipe.files === undefined || query.globs.length > 0) return ok(directory);
  const used = usedFiles(recipe.files, query.scripts, inside);
  const mentions =
    query.scripts.some(mentionsRecipeDir) || used.some((file) => file.mentionsRecipeDir);
  if (mentions) return ok(directory);
  return ok({ files: used.map(({ path, digest }) => `${path} ${digest}`).toSorted(), trees });
}

function usedFiles(
  files: readonly RecipeFile[],
  scripts: readonly Script[],
  inside: readonly string[],
): readonly RecipeFile[] {
  const named = new Set(scripts.flatMap(scriptFiles).map((path) => localPath(path) ?? path));
  return files.filter(({ path }) => named.has(path) || inside.some((root) => isBelow(path, root)));
}

/** Patches are read from the recipe directory as path sources are. */
function sourcePaths(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => [
    ...(source.kind === 'path' ? [source.path] : []),
    ...source.patches,
  ]);
}

function scriptFiles(script: Script): readonly string[] {
  const { body } = script;
  const stems = body.kind === 'file' ? [body.file] : body.kind === 'none' ? DEFAULT_SCRIPTS : [];
  return stems.flatMap((stem) => SCRIPT_EXTENSIONS.map((extension) => `${stem}${extension}`));
}

function mentionsRecipeDir(script: Script): boolean {
  const { body } = script;
  const texts =
    body.kind === 'inline' ? [body.content] : body.kind === 'commands' ? body.commands : [];
  return [...texts, ...Object.values(script.env)].some((text) => text.includes(MENTION));
}

/** Path inside the recipe directory without `.` and `..`; undefined when it leads outside. */
function localPath(path: string): string | undefined {
  const isAbsolute = path.startsWith('/') || path.startsWith('~') || /^[A-Za-z]:/.test(path);
  if (isAbsolute) return undefined;
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..' && parts.pop() === undefined) return undefined;
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  return parts.join('/');
}

function isBelow(path: string, root: string): boolean {
  return root === '' || path === root || path.startsWith(`${root}/`);
}

function unbundled(recipe: PlanRecipe, path: string): ErrorData {
  return {
    code: 'SOURCE_NOT_FOUND',
    message: `${recipe.label}: the source ${path} is outside the recipe directory and was not bundled; check that the path exists`,
    context: { path },
  };
}
