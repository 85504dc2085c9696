import assert from 'node:assert/strict';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { recipeOrigin, type RecipeOrigin } from '#deploy/bundle/build-timestamp.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BuildTimestamp } from '#proto/task-spec.ts';
import { git, makeTree } from '../../../support/file-trees.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const COMMITTED = 1_700_000_000;
const SUBMITTED_MS = 1_760_000_000_999;
const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null' };

interface Asking {
  readonly exclude?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function origin(
  recipeDir: string,
  { exclude = [], env: more = {} }: Asking = {},
): Promise<RecipeOrigin> {
  const query = { recipeDir, exclude, submittedAtMs: SUBMITTED_MS };
  return recipeOrigin({ ...query, env: { ...env, ...more } });
}

async function ask(recipeDir: string, asking?: Asking): Promise<BuildTimestamp> {
  const { timestamp } = await origin(recipeDir, asking);
  return timestamp;
}

const fromGit: BuildTimestamp = { epochSeconds: COMMITTED, origin: 'git' };

function fromSubmission(reason: string): BuildTimestamp {
  return { epochSeconds: 1_760_000_000, origin: 'submission', irreproducibleBecause: reason };
}

const uncommitted = fromSubmission('the recipe directory has changes that are not committed');

/** A repository whose `recipe/` was committed; `body` gets the repository. */
async function inRepository(body: (root: string) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    await makeTree(directory, {
      'recipe/recipe.yaml': 'r',
      'recipe/.gitignore': '*.o\n',
      other: 'o',
    });
    git(directory, 'init', '--quiet');
    git(directory, 'add', '.');
    git(directory, 'commit', '--quiet', '-m', 'first');
    await body(directory);
  });
}

test('SOURCE_DATE_EPOCH is taken before anything else', () =>
  inRepository(async (root) => {
    const asked = await ask(join(root, 'recipe'), { env: { SOURCE_DATE_EPOCH: '315532800' } });
    assert.deepEqual(asked, { epochSeconds: 315_532_800, origin: 'SOURCE_DATE_EPOCH' });
  }));

test('a SOURCE_DATE_EPOCH that is no time is an error of the caller', async () => {
  for (const text of ['-1', '1.5', 'yesterday', '999999999999', '9'.repeat(40)]) {
    await assert.rejects(ask('/', { env: { SOURCE_DATE_EPOCH: text } }), (error) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.code, 'CONFIG_INVALID');
      assert.match(error.message, /SOURCE_DATE_EPOCH is/);
      return true;
    });
  }
});

test('a clean directory has the time of its last commit, whatever happens beside it', () =>
  inRepository(async (root) => {
    assert.deepEqual(await ask(join(root, 'recipe')), fromGit);
    await makeTree(root, { other: 'changed', 'recipe/ignored.o': '' });
    assert.deepEqual(await ask(join(root, 'recipe')), fromGit);
    assert.deepEqual(await ask(root), uncommitted);
  }));

test('a changed, new or removed file means the time of submission', () =>
  inRepository(async (root) => {
    const recipeDir = join(root, 'recipe');
    await makeTree(recipeDir, { new: 'n' });
    assert.deepEqual(await ask(recipeDir), uncommitted);
    await rm(join(recipeDir, 'new'));
    await appendFile(join(recipeDir, 'recipe.yaml'), '#');
    assert.deepEqual(await ask(recipeDir), uncommitted);
    await rm(join(recipeDir, 'recipe.yaml'));
    assert.deepEqual(await ask(recipeDir), uncommitted);
  }));

test('our own output inside the directory is no change', () =>
  inRepository(async (root) => {
    const recipeDir = join(root, 'recipe');
    await makeTree(recipeDir, { 'output/linux-64/a.conda': 'x' });
    assert.deepEqual(await ask(recipeDir), uncommitted);
    assert.deepEqual(await ask(recipeDir, { exclude: [join(recipeDir, 'output')] }), fromGit);
  }));

test('a directory that git does not know has no commit time, with the reason', () =>
  withTemporaryDirectory(async (directory) => {
    await makeTree(directory, { 'recipe.yaml': 'r' });
    const outside = fromSubmission(
      'the recipe directory is not part of a git work tree (commit it, or set SOURCE_DATE_EPOCH)',
    );
    assert.deepEqual(await ask(directory), outside);
    git(directory, 'init', '--quiet');
    assert.deepEqual(
      await ask(directory, { env: { PATH: '/nowhere' } }),
      fromSubmission('git is not installed'),
    );
  }));

test('a directory that git ignores wholly is not committed', () =>
  inRepository(async (root) => {
    await makeTree(root, { 'recipe/x.o/recipe.yaml': 'r' });
    assert.deepEqual(
      await ask(join(root, 'recipe', 'x.o')),
      fromSubmission('the recipe directory is not committed in git'),
    );
  }));

test('in a shallow clone the time counts only above the cut', () =>
  inRepository(async (root) => {
    git(root, 'commit', '--quiet', '--allow-empty', '-m', 'second');
    const clone = join(root, 'clone');
    git(root, 'clone', '--quiet', '--depth', '1', `file://${root}`, clone);
    const cut = await ask(join(clone, 'recipe'));
    assert.match(cut.irreproducibleBecause ?? '', /shallow/);
    await appendFile(join(clone, 'recipe', 'recipe.yaml'), '#');
    git(clone, 'commit', '--quiet', '-a', '-m', 'third');
    assert.deepEqual(await ask(join(clone, 'recipe')), fromGit);
  }));

test('the variables of a surrounding git hook do not lead to another repository', () =>
  inRepository(async (root) => {
    const hook = { GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere/index' };
    assert.deepEqual(await ask(join(root, 'recipe'), { env: hook }), fromGit);
  }));

test('the commit is known, and whether the recipe differs from it, also where the time is stated', () =>
  inRepository(async (root) => {
    const recipeDir = join(root, 'recipe');
    const commit = git(root, 'rev-parse', 'HEAD').trim();
    const clean = { commit, isModified: false };
    assert.deepEqual((await origin(recipeDir)).revision, clean);
    await makeTree(root, { other: 'changed' });
    const stated = { env: { SOURCE_DATE_EPOCH: '1' } };
    assert.deepEqual((await origin(recipeDir, stated)).revision, clean);
    await makeTree(recipeDir, { new: 'n' });
    assert.deepEqual((await origin(recipeDir, stated)).revision, { commit, isModified: true });
    assert.deepEqual((await origin(recipeDir)).revision, { commit, isModified: true });
  }));

test('there is no commit outside of a repository, and none before the first', () =>
  withTemporaryDirectory(async (directory) => {
    await makeTree(directory, { 'recipe.yaml': 'r' });
    assert.ok(!('revision' in (await origin(directory))));
    git(directory, 'init', '--quiet');
    assert.ok(!('revision' in (await origin(directory))));
    assert.deepEqual(await ask(directory), uncommitted);
  }));
