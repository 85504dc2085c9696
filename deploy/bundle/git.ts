/** Asking the git of the machine about a directory; what it can't say is a reason in words, never a failure. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { systemErrorCode } from '#proto/errors.ts';
import { fail, ok, type Result } from '#proto/result.ts';

/** Also for a repository on a slow disk. */
const GIT_TIMEOUT_MS = 60_000;
const GIT_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** They would make git look at another repository (set where we run inside a hook). */
const REPOSITORY_VARIABLES = new Set(['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX']);

/** Said of a directory in no repository. */
export const NO_WORK_TREE =
  'the recipe directory is not part of a git work tree (commit it, or set SOURCE_DATE_EPOCH)';

/** Runs in one directory. */
export class Git {
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(directory: string, env: Readonly<Record<string, string | undefined>>) {
    this.#directory = directory;
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

  /**
   * True when the parents of the commit aren't here, so that it seems to have made every file; also where git or its
   * list of such commits can't tell.
   */
  async isHistoryCutAt(commit: string): Promise<boolean> {
    const path = await this.run(['rev-parse', '--git-path', 'shallow']);
    if (!path.ok) return true;
    const file = path.value.trimEnd();
    const absolute = isAbsolute(file) ? file : join(this.#directory, file);
    // A list that can't be read may name the commit.
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
