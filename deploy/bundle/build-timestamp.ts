/**
 * Where a recipe comes from, as git knows it, and the one time of a build, which everything in its packages
 * takes (design: "Same bytes"): what the caller says, else when the recipe directory was last committed, else
 * now; then with the reason why the packages can't be made again byte for byte.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import type { BuildTimestamp, RecipeRevision } from '#proto/task-spec.ts';
import { Git, NO_WORK_TREE } from './git.ts';

/** The year 9999: later ones don't fit the formats that carry it. */
const EPOCH_SECONDS_MAX = 253_402_300_799;
/** What is asked about. */
export interface RecipeOriginQuery {
  readonly recipeDir: string;
  /** The caller's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly submittedAtMs: number;
  /** Absolute paths whose changes don't count: our own output directory and store. */
  readonly exclude: readonly string[];
}

/** What is known of a recipe directory. */
export interface RecipeOrigin {
  readonly timestamp: BuildTimestamp;
  /** Absent outside of any repository, and where git can't be asked. */
  readonly revision?: RecipeRevision;
}

/** See the file's head. Rejects with `CONFIG_INVALID` for a `SOURCE_DATE_EPOCH` that is no time. */
export async function recipeOrigin(query: RecipeOriginQuery): Promise<RecipeOrigin> {
  const stated = query.env['SOURCE_DATE_EPOCH'] ?? '';
  const epoch = stated === '' ? undefined : parseEpoch(stated);
  const state = await workTreeState(query);
  const revision = state.ok ? revisionOf(state.value) : {};
  if (epoch !== undefined)
    return { timestamp: { epochSeconds: epoch, origin: 'SOURCE_DATE_EPOCH' }, ...revision };
  const committed = state.ok ? await commitTime(query, state.value) : state;
  if (committed.ok)
    return { timestamp: { epochSeconds: committed.value, origin: 'git' }, ...revision };
  const epochSeconds = Math.floor(query.submittedAtMs / 1000);
  const because = { irreproducibleBecause: committed.failure };
  return { timestamp: { epochSeconds, origin: 'submission', ...because }, ...revision };
}

function revisionOf({ commit, isModified }: WorkTreeState): { revision?: RecipeRevision } {
  return commit === undefined ? {} : { revision: { commit, isModified } };
}

function parseEpoch(text: string): number {
  const seconds = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= EPOCH_SECONDS_MAX) return seconds;
  const shown = JSON.stringify(text.slice(0, 80));
  const message = `SOURCE_DATE_EPOCH is ${shown}: it must be a whole number of seconds since 1970`;
  throw new StageyardError('CONFIG_INVALID', message);
}

interface WorkTreeState {
  /** Undefined before the first commit. */
  readonly commit: string | undefined;
  /** Below the recipe directory, our own output left out. */
  readonly isModified: boolean;
}

/** The commit that is checked out, and whether the directory differs from it; or why that isn't known. */
async function workTreeState(query: RecipeOriginQuery): Promise<Result<WorkTreeState, string>> {
  if (!isBelowRepository(resolvedPath(query.recipeDir))) return fail(NO_WORK_TREE);
  const git = new Git(query.recipeDir, query.env);
  const status = await git.run(statusArguments(query));
  if (!status.ok) return status;
  const lines = status.value.split('\n').filter((line) => line !== '');
  return ok({
    commit: /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(status.value)?.[1],
    isModified: lines.some((line) => !line.startsWith('# ')),
  });
}

/** Seconds, or why there is no such time. */
async function commitTime(
  query: RecipeOriginQuery,
  { isModified }: WorkTreeState,
): Promise<Result<number, string>> {
  const git = new Git(query.recipeDir, query.env);
  const inside = await git.run(['rev-parse', '--show-toplevel', '--is-shallow-repository']);
  if (!inside.ok) return inside;
  const [topLevel = '', isShallow = ''] = inside.value.trimEnd().split('\n');
  if (topLevel === '') return fail(NO_WORK_TREE);
  if (isModified) return fail('the recipe directory has changes that are not committed');
  const last = await git.run(['log', '-1', '--format=%H %ct', '--', '.']);
  if (!last.ok) return last;
  const [commit = '', seconds = ''] = last.value.trim().split(' ');
  if (!/^\d+$/.test(seconds)) return fail('the recipe directory is not committed in git');
  if (isShallow === 'true' && (await git.isHistoryCutAt(commit))) {
    return fail(
      'the git history is shallow: it does not show when the recipe directory was last changed (git fetch --unshallow)',
    );
  }
  return ok(Number(seconds));
}

function resolvedPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** Looks without git: hundreds of recipes outside of any repository cost nothing. */
function isBelowRepository(directory: string): boolean {
  const parent = dirname(directory);
  return existsSync(join(directory, '.git')) || (parent !== directory && isBelowRepository(parent));
}

/** Asks for the commit, and for changes below the recipe directory, our own output left out. */
function statusArguments({ recipeDir, exclude }: RecipeOriginQuery): string[] {
  const root = resolvedPath(recipeDir);
  const inside = exclude
    .map((path) => relative(root, resolvedPath(path)))
    .filter(
      (path) => path !== '' && !isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`),
    );
  const leftOut = inside.map((path) => `:(exclude,literal)${path}`);
  const form = ['--porcelain=v2', '--branch', '--untracked-files=normal'];
  return ['status', ...form, '--', '.', ...leftOut];
}
