/** What the `git` functions of recipes ask a repository (spec 1.16): the one place where rendering runs git. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail, ok, type Result } from '#proto/result.ts';

/** Answers about repositories; `source` is a directory relative to the recipe, or a URL. */
export interface GitRepositories {
  /** Commit of the head. */
  headRevision(source: string): Result<string, string>;
  /** Newest tag: of a directory the nearest one before its head, of a URL the one with the highest version. */
  latestTag(source: string): Result<string, string>;
  /** Commit of the newest tag. */
  latestTagRevision(source: string): Result<string, string>;
  /** Number of commits since the newest tag. */
  latestTagDistance(source: string): Result<number, string>;
}

/** A remote that doesn't answer for so long is given up. */
const GIT_TIMEOUT_MS = 120_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** Where git runs. */
interface GitPlace {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

function git(args: readonly string[], { cwd, environment }: GitPlace): Result<string, string> {
  const run = spawnSync('git', args, {
    cwd,
    encoding: 'utf8',
    timeout: GIT_TIMEOUT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { ...environment, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
  });
  if (run.error !== undefined) return fail(`git can't be run: ${run.error.message}`);
  if (run.status === 0) return ok(run.stdout.trim());
  const [line = `exit status ${run.status}`] = run.stderr.trim().split('\n');
  return fail(`git: ${line}`);
}

function then<T, U>(
  result: Result<T, string>,
  next: (value: T) => Result<U, string>,
): Result<U, string> {
  return result.ok ? next(result.value) : result;
}

function countOf(text: string): Result<number, string> {
  return /^\d+$/.test(text) ? ok(Number(text)) : fail(`git answered \`${text}\` for a number`);
}

/** A working copy or bare repository on this machine. */
function directoryAnswers(place: GitPlace): GitRepositories {
  const latestTag = () => git(['describe', '--tags', '--abbrev=0'], place);
  const latestTagRevision = () =>
    then(latestTag(), (tag) => git(['rev-list', '-n', '1', `refs/tags/${tag}`, '--'], place));
  return {
    headRevision: () => git(['rev-parse', 'HEAD'], place),
    latestTag,
    latestTagRevision,
    latestTagDistance: () =>
      then(latestTagRevision(), (commit) =>
        then(git(['rev-list', '--count', `${commit}..HEAD`, '--'], place), countOf),
      ),
  };
}

/** The first tag of a list sorted by version; the commit behind an annotated tag wins over the tag itself. */
function firstTag(listing: string, url: string): Result<{ tag: string; commit: string }, string> {
  const lines = listing.split('\n').map((line) => line.split('\t'));
  const name = (ref: string | undefined): string =>
    (ref ?? '').replace(/^refs\/tags\//, '').replace(/\^\{\}$/, '');
  const tag = name(lines[0]?.[1]);
  const own = lines.filter(([, ref]) => name(ref) === tag);
  const commit = (own.find(([, ref]) => ref?.endsWith('^{}')) ?? own[0])?.[0];
  return tag === '' || commit === undefined ? fail(`\`${url}\` has no tags`) : ok({ tag, commit });
}

/** A repository that is asked over its URL. */
function remoteAnswers(url: string, place: GitPlace): GitRepositories {
  const latest = () =>
    then(git(['ls-remote', '--tags', '--sort=-v:refname', '--', url], place), (listing) =>
      firstTag(listing, url),
    );
  const distance = (commit: string): Result<number, string> => {
    const copy = mkdtempSync(join(tmpdir(), 'stageyard-git-'));
    try {
      const cloned = git(['clone', '--quiet', '--bare', '--', url, copy], place);
      return then(cloned, () =>
        then(
          git(['rev-list', '--count', `${commit}..HEAD`, '--'], { ...place, cwd: copy }),
          countOf,
        ),
      );
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  return {
    headRevision: () =>
      then(git(['ls-remote', '--', url, 'HEAD'], place), (line) => {
        const [commit = ''] = line.split('\t');
        return commit === '' ? fail(`\`${url}\` has no head`) : ok(commit);
      }),
    latestTag: () => then(latest(), ({ tag }) => ok(tag)),
    latestTagRevision: () => then(latest(), ({ commit }) => ok(commit)),
    latestTagDistance: () => then(latest(), ({ commit }) => distance(commit)),
  };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // A name that the file system refuses (too long, NUL, below a file) is no directory; git says the rest.
    return false;
  }
}

/** Repositories as seen from a recipe's directory; git sees the variables of `environment`. */
export function gitRepositories(
  recipeDir: string,
  environment: GitPlace['environment'],
): GitRepositories {
  const answers = (source: string): GitRepositories => {
    const path = resolve(recipeDir, source);
    return isDirectory(path)
      ? directoryAnswers({ cwd: path, environment })
      : remoteAnswers(source, { cwd: recipeDir, environment });
  };
  return {
    headRevision: (source) => answers(source).headRevision(source),
    latestTag: (source) => answers(source).latestTag(source),
    latestTagRevision: (source) => answers(source).latestTagRevision(source),
    latestTagDistance: (source) => answers(source).latestTagDistance(source),
  };
}
