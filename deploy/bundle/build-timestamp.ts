/**
 * The one time of a build, which everything in its packages takes (design: "Same bytes"): what the
 * caller says, else when the recipe directory was last committed, else now; then with the reason why
 * the packages can't be made again byte for byte.
 */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { StageyardError, systemErrorCode } from '#proto/errors.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import type { BuildTimestamp } from '#proto/task-spec.ts';

/** Also for a repository on a slow disk. */
const GIT_TIMEOUT_MS = 60_000;
const GIT_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** The year 9999: later ones don't fit the formats that carry it. */
const EPOCH_SECONDS_MAX = 253_402_300_799;
/** They would make git look at another repository (set where we run inside a hook). */
const REPOSITORY_VARIABLES = new Set(['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX']);

const NO_WORK_TREE =
  'the recipe directory is not part of a git work tree (commit it, or set SOURCE_DATE_EPOCH)';

/** What the time depends on. */
export interface BuildTimestampQuery {
  readonly recipeDir: string;
  /** The caller's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly submittedAtMs: number;
  /** Absolute paths whose changes don't count: our own output directory and store. */
  readonly exclude: readonly string[];
}

/** See the file's head. Rejects with `CONFIG_INVALID` for a `SOURCE_DATE_EPOCH` that is no time. */
export async function buildTimestamp(query: BuildTimestampQuery): Promise<BuildTimestamp> {
  const stated = query.env['SOURCE_DATE_EPOCH'];
  if (stated !== undefined && stated !== '') {
    return { epochSeconds: parseEpoch(stated), origin: 'SOURCE_DATE_EPOCH' };
  }
  const committed = await commitTime(query);
  if (committed.ok) return { epochSeconds: committed.value, origin: 'git' };
  const epochSeconds = Math.floor(query.submittedAtMs / 1000);
  return { epochSeconds, origin: 'submission', irreproducibleBecause: committed.failure };
}

function parseEpoch(text: string): number {
  const seconds = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= EPOCH_SECONDS_MAX) return seconds;
  const shown = JSON.stringify(text.slice(0, 80));
  const message = `SOURCE_DATE_EPOCH is ${shown}: it must be a whole number of seconds since 1970`;
  throw new StageyardError('CONFIG_INVALID', message);
}

/** Seconds, or why there is no such time. */
async function commitTime(query: BuildTimestampQuery): Promise<Result<number, string>> {
  if (!isBelowRepository(resolvedPath(query.recipeDir))) return fail(NO_WORK_TREE);
  const git = new Git(query);
  const inside = await git.run(['rev-parse', '--show-toplevel', '--is-shallow-repository']);
  if (!inside.ok) return inside;
  const [topLevel = '', isShallow = ''] = inside.value.trimEnd().split('\n');
  if (topLevel === '') return fail(NO_WORK_TREE);
  const changes = await git.run(statusArguments(query));
  if (!changes.ok) return changes;
  if (changes.value !== '') return fail('the recipe directory has changes that are not committed');
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

/** Asks for changes below the recipe directory, our own output left out. */
function statusArguments({ recipeDir, exclude }: BuildTimestampQuery): string[] {
  const root = resolvedPath(recipeDir);
  const inside = exclude
    .map((path) => relative(root, resolvedPath(path)))
    .filter(
      (path) => path !== '' && !isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`),
    );
  const leftOut = inside.map((path) => `:(exclude,literal)${path}`);
  return ['status', '--porcelain', '--untracked-files=normal', '--', '.', ...leftOut];
}

class Git {
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor({ recipeDir, env }: BuildTimestampQuery) {
    this.#directory = recipeDir;
    const kept = Object.entries(env).filter(([name]) => !REPOSITORY_VARIABLES.has(name));
    this.#env = { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' };
  }

  /** Standard output, or why there is none, in words for the summary. */
  async run(args: readonly string[]): Promise<Result<string, string>> {
    const limits = { timeout: GIT_TIMEOUT_MS, maxBuffer: GIT_OUTPUT_BYTES_MAX };
    try {
      const options = { cwd: this.#directory, env: this.#env, ...limits };
      const { stdout } = await promisify(execFile)('git', args, options);
      return ok(stdout);
    } catch (error) {
      return fail(reasonOf(error));
    }
  }

  /** True when the parents of the commit aren't here, so that it seems to have made every file. */
  async isHistoryCutAt(commit: string): Promise<boolean> {
    const path = await this.run(['rev-parse', '--git-path', 'shallow']);
    if (!path.ok) return true;
    const file = path.value.trimEnd();
    const absolute = isAbsolute(file) ? file : join(this.#directory, file);
    const cuts = await readFile(absolute, 'utf8').catch(() => undefined);
    return cuts === undefined || cuts.split('\n').includes(commit);
  }
}

function reasonOf(error: unknown): string {
  if (systemErrorCode(error) === 'ENOENT') return 'git is not installed';
  const stderr =
    typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
  const first = stderr.trim().split('\n')[0] ?? '';
  if (first.startsWith('fatal: not a git repository')) {
    return NO_WORK_TREE;
  }
  return first === '' ? 'git could not be asked' : `git could not be asked (${first})`;
}
