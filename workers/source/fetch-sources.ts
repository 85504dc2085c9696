/**
 * Brings the sources of an output into its work directory, in the order of the list (spec 1.4): files are
 * found (bundle, cache, network) and verified, archives unpacked, trees filtered and merged, patches
 * applied. A later source may replace files of an earlier one and patch with files it brought.
 */
import { createReadStream, existsSync, lstatSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import { compileGlobs } from '#proto/glob.ts';
import type { Finding } from '#proto/link-report.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import type { GlobLists, PathSource, Source, UrlSource } from '#proto/recipe/recipe.ts';
import type { BundledTree, RecipeBundle } from '#proto/task-spec.ts';
import { extractTar } from '../archive/tar-extract.ts';
import { createHttpTransfer, type HttpTransfer } from '../environment/http-transfer.ts';
import { removeTree } from '../script/forced-removal.ts';
import { archiveFormatOf } from './archive-names.ts';
import { applyPatch } from './patches.ts';
import { SourceCache, verifyChecksums } from './source-cache.ts';
import { checkedRelativePath, giveOneTime, mergeTree } from './tree-merge.ts';
import { unpackArchive } from './unpack.ts';
import { fetchUrl } from './url-source.ts';

const BUNDLE_BYTES_MAX = 128 * 1024 ** 3;
const BUNDLE_FILES_MAX = 5_000_000;
const CLOBBERED_NAMED_MAX = 10;
/**
 * Modification time of everything that a path source brings (a checkout's own times are chance): one for
 * all, so that `make` regenerates nothing that is part of the sources, the same in every build, and late
 * enough for zip archives (2000-01-01).
 */
const PATH_TIME_SECONDS = 946_684_800;

/** Options of {@link fetchSources}. */
export interface FetchSourcesOptions {
  readonly sources: readonly Source[];
  readonly bundle: RecipeBundle;
  readonly blobs: BlobStore;
  /** May hold a restored tree. */
  readonly workDir: string;
  /** Existing directory on the file system of the work directory; what is made there is removed again. */
  readonly scratchDir: string;
  /** Shared by all processes of the machine. */
  readonly cacheDir: string;
  /** The recipe directory as extracted from the bundle. */
  readonly recipeDir: string;
  readonly reporter: TaskReporter;
  readonly transfer?: HttpTransfer;
  readonly signal?: AbortSignal;
}

/** What was fetched. */
export interface FetchedSources {
  /** As written; nothing in the kinds that are supported is resolved while fetching. */
  readonly finalized: readonly Source[];
  /** `clobbered-file` where a source replaced a file of the restored work directory. */
  readonly findings: readonly Finding[];
}

/**
 * See the file's head. Throws `SOURCE_*`, `PATCH_FAILED`, `RECIPE_INVALID`, `RECIPE_UNSUPPORTED` (git),
 * `DISK_FULL`, `STORE_UNWRITABLE`, `CANCELLED`, or the codes of the blob store.
 */
export async function fetchSources(options: FetchSourcesOptions): Promise<FetchedSources> {
  const { sources, workDir } = options;
  if (sources.length === 0) return { finalized: sources, findings: [] };
  const isRestored = (await readdir(workDir)).length > 0;
  const fetched = new Set<string>();
  const clobbered: string[] = [];
  for (const source of sources) {
    throwIfAborted(options.signal);
    const scratch = await mkdtemp(join(options.scratchDir, 'source-'));
    try {
      const { replaced, brought } = await fetchOne(source, scratch, options);
      clobbered.push(...replaced.filter((path) => !fetched.has(path)));
      for (const path of brought) fetched.add(path);
    } catch (error) {
      throwIfAborted(options.signal);
      throw error instanceof StageyardError
        ? error
        : wrapError(
            error,
            `while fetching ${labelOf(source)}`,
            errorCodeOf(error, 'STORE_UNWRITABLE'),
          );
    } finally {
      await removeTree(scratch);
    }
    await patch(source, options);
  }
  await writeSourceInfo(options);
  return { finalized: sources, findings: isRestored ? clobberFindings(clobbered) : [] };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof StageyardError) throw signal.reason;
  throw new StageyardError('CANCELLED', 'fetching the sources was cancelled');
}

function labelOf(source: Source): string {
  if (source.kind === 'path') return source.path;
  return source.kind === 'url' ? (source.url[0] ?? '') : source.git;
}

interface Fetched {
  readonly replaced: readonly string[];
  readonly brought: readonly string[];
}

/** Makes the source's tree below `scratch`, then merges it into the work directory. */
async function fetchOne(
  source: Source,
  scratch: string,
  options: FetchSourcesOptions,
): Promise<Fetched> {
  const target = checkedRelativePath(source.target_directory, 'target_directory');
  const tree = await treeOf(source, { scratch, options });
  const brought: string[] = [];
  const isWanted = wantedBy(source.filter);
  const replaced = mergeTree({
    from: tree,
    workDir: options.workDir,
    target,
    isWanted: (path) => {
      if (!isWanted(path)) return false;
      brought.push(target === '' ? path : `${target}/${path}`);
      return true;
    },
  });
  if (brought.length === 0) {
    const why = source.filter.include.length > 0 ? ': its filter matches nothing' : '';
    options.reporter.report({
      kind: 'notice',
      text: `source ${labelOf(source)} brings no file${why}`,
    });
  }
  return { replaced, brought };
}

interface Placing {
  /** Empty, removed afterwards. */
  readonly scratch: string;
  readonly options: FetchSourcesOptions;
}

async function treeOf(source: Source, placing: Placing): Promise<string> {
  switch (source.kind) {
    case 'git':
      throw new StageyardError(
        'RECIPE_UNSUPPORTED',
        `git sources are not supported by this version: ${source.git}`,
      );
    case 'url':
      return await urlTree(source, placing);
    case 'path':
      return await pathTree(source, placing);
  }
}

function wantedBy(filter: GlobLists): (path: string) => boolean {
  const isConfigured = filter.include.length > 0 || filter.exclude.length > 0;
  return isConfigured ? compileGlobs(filter) : () => true;
}

async function urlTree(source: UrlSource, placing: Placing): Promise<string> {
  const { options } = placing;
  const fetched = await fetchUrl(source, {
    cache: new SourceCache(options.cacheDir),
    transfer: options.transfer ?? createHttpTransfer(),
    reporter: options.reporter,
    signal: options.signal,
  });
  try {
    return await fileTree(fetched.path, {
      ...placing,
      name: fetched.fileName,
      keepAs: source.file_name,
    });
  } finally {
    if (fetched.isTemporary) await removeTree(fetched.path);
  }
}

interface PlacedFile extends Placing {
  /** The name that decides about the format. */
  readonly name: string;
  /** `file_name`: not unpacked, and stored like this. */
  readonly keepAs: string | undefined;
}

/** Unpacks an archive, copies any other file. */
async function fileTree(
  file: string,
  { name, keepAs, scratch, options }: PlacedFile,
): Promise<string> {
  const tree = join(scratch, 'tree');
  await mkdir(tree);
  const format = keepAs === undefined ? archiveFormatOf(name) : undefined;
  if (format !== undefined) {
    await unpackArchive({
      archive: file,
      format,
      directory: tree,
      label: name,
      signal: options.signal,
    });
    return tree;
  }
  const path = join(tree, checkedRelativePath(keepAs ?? name, 'file_name'));
  await mkdir(dirname(path), { recursive: true });
  await copyFile(file, path);
  await utimes(path, PATH_TIME_SECONDS, PATH_TIME_SECONDS);
  return tree;
}

async function pathTree(source: PathSource, placing: Placing): Promise<string> {
  const { options } = placing;
  const bundled = options.bundle.pathSources[source.path];
  const origin =
    bundled === undefined
      ? inRecipeDir(source.path, options)
      : await unpackBundled(bundled, source.path, placing);
  if (origin === undefined) {
    throw new StageyardError(
      'SOURCE_NOT_FOUND',
      `source.path: ${source.path} does not exist beside the recipe ${options.bundle.recipeFile} (or git ignores it)`,
    );
  }
  if (!lstatSync(origin).isDirectory()) {
    await verifyChecksums(origin, source, source.path);
    return await fileTree(origin, {
      ...placing,
      name: basename(source.path),
      keepAs: source.file_name,
    });
  }
  const tree = bundled === undefined ? join(placing.scratch, 'copy') : origin;
  if (bundled === undefined) await cp(origin, tree, { recursive: true, verbatimSymlinks: true });
  giveOneTime(tree, PATH_TIME_SECONDS);
  return tree;
}

/** Path of a file or directory of the recipe directory; undefined when it isn't there. */
function inRecipeDir(path: string, { recipeDir }: FetchSourcesOptions): string | undefined {
  const found = join(recipeDir, path);
  const isInside =
    found === recipeDir || found === `${recipeDir}/` || found.startsWith(`${recipeDir}/`);
  return isInside && existsSync(found) ? found : undefined;
}

/** A tree that is one file of the path's own name stands for that file. */
async function unpackBundled(
  bundled: BundledTree,
  path: string,
  { scratch, options }: Placing,
): Promise<string> {
  const archive = join(scratch, 'bundle.tar');
  const directory = join(scratch, 'bundle');
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  await mkdir(directory);
  await options.blobs.getFile(bundled.blob, archive, { readOnlyLink: true, ...signal });
  await extractTar(createReadStream(archive), directory, {
    code: 'SOURCE_UNSAFE',
    maxBytes: BUNDLE_BYTES_MAX,
    maxFiles: BUNDLE_FILES_MAX,
    ...signal,
  });
  const [only, ...others] = await readdir(directory);
  const isFile =
    only === basename(path) && others.length === 0 && lstatSync(join(directory, only)).isFile();
  return isFile ? join(directory, only) : directory;
}

/** Paths of patches are relative to the recipe directory, or name one of three directories (spec 1.4). */
async function patch(source: Source, options: FetchSourcesOptions): Promise<void> {
  const { workDir, signal } = options;
  const directory = join(workDir, checkedRelativePath(source.target_directory, 'target_directory'));
  for (const label of source.patches) {
    const scratch = await mkdtemp(join(options.scratchDir, 'patch-'));
    try {
      const file = await patchFile(label, { scratch, options });
      await applyPatch({ file, label, directory, signal });
    } finally {
      await removeTree(scratch);
    }
  }
}

async function patchFile(label: string, placing: Placing): Promise<string> {
  const { workDir, recipeDir, scratchDir } = placing.options;
  const bundled = placing.options.bundle.pathSources[label];
  if (bundled !== undefined) return await unpackBundled(bundled, label, placing);
  const places: Readonly<Record<string, string>> = {
    SRC_DIR: workDir,
    RECIPE_DIR: recipeDir,
    BUILD_DIR: dirname(scratchDir),
  };
  const written = label.replace(
    /\$\{\{\s*(\w+)\s*\}\}/g,
    (text, name: string) => places[name] ?? text,
  );
  return written.startsWith('/') ? written : join(recipeDir, written);
}

/**
 * What other tools read from a work directory. Absolute places of this machine are left out: the file
 * would differ from build to build, and a script may package it.
 */
async function writeSourceInfo({ workDir, sources, bundle }: FetchSourcesOptions): Promise<void> {
  const info = { recipe_path: bundle.recipeFile, sources: sources.map(withoutCredentials) };
  await writeFile(join(workDir, '.source_info.json'), `${JSON.stringify(info, undefined, 2)}\n`);
}

function withoutCredentials(source: Source): Source {
  const clean = (url: string): string => url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
  return source.kind === 'url' ? { ...source, url: source.url.map(clean) } : source;
}

function clobberFindings(clobbered: readonly string[]): readonly Finding[] {
  if (clobbered.length === 0) return [];
  const named = clobbered.slice(0, CLOBBERED_NAMED_MAX).join(', ');
  const more =
    clobbered.length > CLOBBERED_NAMED_MAX
      ? ` and ${clobbered.length - CLOBBERED_NAMED_MAX} more`
      : '';
  return [
    {
      kind: 'clobbered-file',
      severity: 'warning',
      message: `the sources replace files of the restored staging work directory: ${named}${more}`,
      remedy: 'source.target_directory: a directory of its own',
    },
  ];
}
