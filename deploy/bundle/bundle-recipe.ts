/**
 * Everything of a recipe that workers may need, as trees: its directory, and each declared path source
 * that is not wholly part of that tree as it would be taken by itself (outside the directory, ignored
 * there, or with other ignore rules). Keys are the paths as the recipe writes them.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import type {
  PathSource,
  RecipeLocation,
  RenderedOutput,
  Script,
  Source,
} from '#proto/recipe/recipe.ts';
import type { BundledTree, RecipeBundle } from '#proto/task-spec.ts';
import { bundleEntries, bundleTree, type BundleTarget, FileObserver } from './bundle-tree.ts';
import { refuseEscapingLinks, refuseOutside } from './escape-check.ts';
import { compareBytes, type ListedEntry, listFiles, listTree } from './tree-listing.ts';

/** A script that mentions it may read any file of the recipe directory. */
const RECIPE_DIR_WORD = 'RECIPE_DIR';
/** Name under which a recipe from standard input travels. */
const STANDARD_INPUT_NAME = 'recipe.yaml';
/** What a script without an extension is looked up as (spec 1.6). */
const SCRIPT_EXTENSIONS = ['', '.sh', '.bat', '.py', '.nu', '.ps1', '.rb', '.R', '.pl'];
const DEFAULT_SCRIPT = 'build';

/** What to bundle, and where to. */
export interface RecipeBundleRequest extends BundleTarget {
  readonly location: RecipeLocation;
  /** Text of a recipe from standard input (`location.recipePath` is `-`). */
  readonly recipeText?: string | undefined;
  /** All rendered outputs: their sources, patches and scripts are what is needed. */
  readonly outputs: readonly RenderedOutput[];
  /** Absolute paths of our own output directory and store. */
  readonly exclude: readonly string[];
  /** It goes to other machines: what leads out of a tree is refused. */
  readonly isTravelling?: boolean;
}

/** A file of the recipe directory: what keys need to know of it. */
export interface BundledFile {
  /** Relative to the recipe directory. */
  readonly path: string;
  /** Names content, kind and executable bit. */
  readonly digest: string;
  readonly mentionsRecipeDir: boolean;
}

/** A bundled recipe. */
export interface BundledRecipe {
  readonly bundle: RecipeBundle;
  /** Of the recipe directory's tree, sorted by bytes. */
  readonly files: readonly BundledFile[];
}

/**
 * See the file's head. Rejects with `SOURCE_NOT_FOUND` (naming the key of the recipe), `SOURCE_UNSAFE`,
 * `RECIPE_UNSUPPORTED`, or as the store does.
 */
export async function bundleRecipe(request: RecipeBundleRequest): Promise<BundledRecipe> {
  const sources = allSources(request.outputs);
  const entries = await withNamedFiles(await listRecipeDir(request), request, sources);
  if (request.isTravelling === true) refuseEscapes(request, entries);
  const pathSources: Record<string, BundledTree> = {};
  for (const [path, source] of declaredPaths(sources)) {
    const tree = await bundleApart(path, source, { entries, request });
    if (tree !== undefined) pathSources[path] = tree;
  }
  const observer = new FileObserver(RECIPE_DIR_WORD);
  const tree = await bundleEntries(entries, request, observer.onFileBytes);
  const recipeFile = recipeFileOf(request);
  return {
    bundle: { recipeFile, recipeDir: tree, pathSources },
    files: filesOf(entries, observer),
  };
}

function refuseEscapes(request: RecipeBundleRequest, entries: readonly ListedEntry[]): void {
  const { recipeDir } = request.location;
  refuseEscapingLinks(recipeDir, entries);
  const scripts = request.outputs.flatMap(scriptsOf).flatMap(({ body }) => {
    return body.kind === 'file' ? [body.file] : [];
  });
  refuseOutside(
    recipeDir,
    scripts.filter((path) => insidePath(request, path) === undefined),
  );
}

function recipeFileOf({ location }: RecipeBundleRequest): string {
  return location.recipePath === '-' ? STANDARD_INPUT_NAME : basename(location.recipePath);
}

/** A recipe from standard input has no directory: only what it names travels with it. */
async function listRecipeDir(request: RecipeBundleRequest): Promise<readonly ListedEntry[]> {
  const { location, exclude, recipeText } = request;
  if (location.recipePath !== '-') {
    return listTree({ root: location.recipeDir, exclude, useGitignore: true });
  }
  const bytes = Buffer.from(recipeText ?? '');
  const file = join(location.recipeDir, STANDARD_INPUT_NAME);
  const sizeBytes = bytes.length;
  return [{ path: STANDARD_INPUT_NAME, kind: 'file', mode: 0o644, file, sizeBytes, bytes }];
}

function allSources(outputs: readonly RenderedOutput[]): readonly Source[] {
  return outputs.flatMap((output) => [
    ...output.source,
    ...output.staging.flatMap((staging) => staging.source),
  ]);
}

/** Adds what the recipe names itself, even where git ignores it: the recipe, scripts and patches. */
async function withNamedFiles(
  listed: readonly ListedEntry[],
  request: RecipeBundleRequest,
  sources: readonly Source[],
): Promise<readonly ListedEntry[]> {
  const known = new Set(listed.map(({ path }) => path));
  const named = [
    recipeFileOf(request),
    ...request.outputs.flatMap(scriptsOf).flatMap(scriptFiles),
    ...sources.flatMap(({ patches }) => patches),
  ];
  const inside = new Set(named.flatMap((path) => insidePath(request, path) ?? []));
  const missing = [...inside].filter((path) => !known.has(path));
  const found = await listFiles(request.location.recipeDir, missing);
  return [...listed, ...found].toSorted((a, b) => compareBytes(a.path, b.path));
}

function scriptsOf(output: RenderedOutput): readonly Script[] {
  const tests = output.tests.flatMap((test) => (test.kind === 'script' ? [test.script] : []));
  return [output.build.script, ...output.staging.map(({ script }) => script), ...tests];
}

function scriptFiles({ body }: Script): readonly string[] {
  const stems = body.kind === 'file' ? [body.file] : body.kind === 'none' ? [DEFAULT_SCRIPT] : [];
  return stems.flatMap((stem) => SCRIPT_EXTENSIONS.map((extension) => `${stem}${extension}`));
}

/** Relative to the recipe directory, empty for itself; undefined for what is outside. */
function insidePath({ location }: RecipeBundleRequest, written: string): string | undefined {
  const path = relative(location.recipeDir, resolve(location.recipeDir, written));
  const isOutside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
  return isOutside ? undefined : path;
}

/** Each path as written, once. Patches are files that are taken as they are. */
function declaredPaths(sources: readonly Source[]): ReadonlyMap<string, DeclaredPath> {
  const declared = new Map<string, DeclaredPath>();
  for (const source of sources) {
    for (const patch of source.patches)
      declared.set(patch, { key: 'source.patches', useGitignore: false });
  }
  for (const source of sources) {
    if (source.kind === 'path') declarePath(declared, source);
  }
  return declared;
}

interface DeclaredPath {
  /** Where the recipe names it. */
  readonly key: string;
  readonly useGitignore: boolean;
}

function declarePath(declared: Map<string, DeclaredPath>, source: PathSource): void {
  const { path, use_gitignore: useGitignore } = source;
  const earlier = declared.get(path);
  if (earlier?.key === 'source.path' && earlier.useGitignore !== useGitignore) {
    const text = `source.path: ${path} is used with and without use_gitignore: write one of the two differently, for example ./${path}`;
    throw new StageyardError('RECIPE_UNSUPPORTED', text, { context: { path } });
  }
  declared.set(path, { key: 'source.path', useGitignore });
}

/** The path's own tree, or undefined where the recipe directory's tree has just the same files. */
async function bundleApart(
  path: string,
  declared: DeclaredPath,
  { entries, request }: { entries: readonly ListedEntry[]; request: RecipeBundleRequest },
): Promise<BundledTree | undefined> {
  const root = resolve(request.location.recipeDir, path);
  if (!existsSync(root)) throw notFound(path, declared, request);
  const { useGitignore } = declared;
  const own = await listTree({ root, exclude: request.exclude, useGitignore });
  if (request.isTravelling === true) refuseEscapingLinks(path, own);
  const inside = insidePath(request, path);
  const isPart =
    inside !== undefined && staysInside(path) && isSameFiles(own, { root, inside, entries });
  return isPart ? undefined : bundleTree({ root, useGitignore, ...request });
}

/** False for `../RECIPE/src` and absolute paths: they lead back inside here only, not where a worker unpacks the recipe. */
function staysInside(written: string): boolean {
  const path = normalize(written);
  return !isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`);
}

/** True when the recipe directory's tree holds exactly these files below the path. */
function isSameFiles(
  own: readonly ListedEntry[],
  { root, inside, entries }: { root: string; inside: string; entries: readonly ListedEntry[] },
): boolean {
  const below = inside === '' ? '' : `${inside}/`;
  const there = entries.filter(({ path }) => path === inside || path.startsWith(below));
  if (there.length !== own.length) return false;
  const isFile = own.length === 1 && own[0]?.file === root;
  return own.every(
    ({ path }, index) => there[index]?.path === (isFile ? inside : `${below}${path}`),
  );
}

function notFound(
  path: string,
  { key }: DeclaredPath,
  { location }: RecipeBundleRequest,
): StageyardError {
  const root = resolve(location.recipeDir, path);
  const text = `${join(location.recipeDir, '')}: ${key}: ${path} does not exist (looked for ${root}): correct the path; it is relative to the directory of the recipe`;
  return new StageyardError('SOURCE_NOT_FOUND', text, { context: { key, path } });
}

function filesOf(entries: readonly ListedEntry[], observer: FileObserver): readonly BundledFile[] {
  const seen = new Map(observer.seen.map((file) => [file.path, file]));
  return entries.map(({ path, kind, linkTarget = '' }) => {
    const file = seen.get(path);
    if (file !== undefined) return { path, digest: file.digest, mentionsRecipeDir: file.hasWord };
    const target = createHash('sha256').update(linkTarget).digest('hex');
    return { path, digest: `${kind}:${target}`, mentionsRecipeDir: false };
  });
}
