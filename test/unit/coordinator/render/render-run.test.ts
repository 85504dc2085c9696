/** Rendering from the disk: finding recipes and variant files, several recipes in one order. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { findRecipes } from '#coordinator/render/find-recipes.ts';
import { directoryRecipeFiles, noRecipeFiles } from '#coordinator/render/recipe-files.ts';
import { renderRun, type RenderRunInput } from '#coordinator/render/render-run.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'render-run-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

const input = (parts: Partial<RenderRunInput>): RenderRunInput => ({
  cwd: directory,
  recipes: [],
  recipeDirs: [],
  variantFiles: [],
  variantOverrides: [],
  ignoreRecipeVariants: false,
  platforms: { build: 'linux-64', host: 'linux-64', target: 'linux-64' },
  hasChannels: false,
  environment: {},
  ...parts,
});

function names(parts: Partial<RenderRunInput>): string[] {
  const run = renderRun(input(parts));
  assert.ok(run.ok, JSON.stringify(run));
  return run.value.outputs.map(({ output }) => output.name);
}

function refusal(parts: Partial<RenderRunInput>): string[] {
  const run = renderRun(input(parts));
  return run.ok ? [] : run.failure.map(({ code, message }) => `${code}: ${message}`);
}

const recipe = (name: string, rest = '') => `package: {name: ${name}, version: '1'}\n${rest}`;

describe('a run', () => {
  it('takes a recipe file, a directory with recipe.yaml, or standard input', async () => {
    await write({ 'a/recipe.yaml': recipe('a'), 'b.yaml': recipe('b') });
    const standardInput = recipe('c');
    assert.deepEqual(names({ recipes: ['a', 'b.yaml', '-'], standardInput }), ['a', 'b', 'c']);
  });

  it('says which recipes are not there, all of them', async () => {
    await write({ 'empty/x': '' });
    assert.deepEqual(refusal({ recipes: ['nosuch', 'empty'], recipeDirs: ['gone'] }), [
      'RECIPE_NOT_FOUND: there is no recipe at `nosuch`',
      'RECIPE_NOT_FOUND: the directory `empty` holds no recipe.yaml',
      'RECIPE_NOT_FOUND: there is no directory `gone`',
    ]);
  });

  it('loads variants.yaml rather than conda_build_config.yaml beside the recipe, unless told not to', async () => {
    await write({
      'recipe.yaml': recipe('a', 'requirements: {host: [zlib]}'),
      'variants.yaml': 'zlib: ["1", "2"]',
      'conda_build_config.yaml': 'zlib: ["3"]',
      'cli.yaml': 'zlib: ["4"]',
    });
    assert.equal(names({ recipes: ['.'] }).length, 2);
    assert.equal(names({ recipes: ['.'], ignoreRecipeVariants: true }).length, 1);
    assert.equal(names({ recipes: ['.'], variantFiles: ['cli.yaml'] }).length, 1);
  });

  it('orders outputs across recipes, staging requirements included', async () => {
    await write({
      'a/recipe.yaml':
        "outputs: [{staging: {name: s}, requirements: {host: [z]}}, {package: {name: a, version: '1'}, inherit: s}]",
      'm/recipe.yaml': recipe('m'),
      'z/recipe.yaml': recipe('z'),
    });
    assert.deepEqual(names({ recipeDirs: ['.'] }), ['m', 'z', 'a']);
    assert.deepEqual(names({ recipeDirs: ['.'], upTo: 'a' }), ['z', 'a']);
    assert.deepEqual(names({ recipeDirs: ['.'], upTo: 'a', renderOnly: true }), ['a']);
    assert.deepEqual(refusal({ recipeDirs: ['.'], upTo: 's' }), [
      "USAGE_INVALID: The package 's' was not found in the outputs",
    ]);
  });

  it('refuses a cycle between recipes', async () => {
    await write({
      'a/recipe.yaml': recipe('a', 'requirements: {host: [b]}'),
      'b/recipe.yaml': recipe('b', 'requirements: {host: [a]}'),
    });
    assert.deepEqual(refusal({ recipeDirs: ['.'] }), [
      'RECIPE_CYCLE: Cycle detected in recipe outputs: a, b',
    ]);
  });

  it('shows the problems of all recipes at once', async () => {
    await write({ 'a.yaml': 'package: {}', 'b.yaml': 'about: {}' });
    assert.equal(refusal({ recipes: ['a.yaml', 'b.yaml'] }).length, 2);
  });

  it('refuses channels from two sides, if anything is built', async () => {
    await write({ 'recipe.yaml': recipe('a'), 'v.yaml': 'channel_sources: [conda-forge]' });
    const both = { recipes: ['.'], variantFiles: ['v.yaml'], hasChannels: true };
    assert.match(refusal(both).join(), /channel_sources and channels cannot both be set/);
    await write({ 'recipe.yaml': recipe('a', 'build: {skip: linux}') });
    assert.deepEqual(refusal(both), []);
  });

  it('names the variant file and the line of zipped keys of unequal lengths', async () => {
    await write({
      'recipe.yaml': recipe('a', 'requirements: {host: [one, two]}'),
      'variants.yaml': 'zip_keys: [[one, two]]\none: [a, b]\ntwo: [c]\n',
    });
    const run = renderRun(input({ recipes: ['.'] }));
    const [problem] = run.ok ? [] : run.failure;
    assert.equal(problem?.message, 'Zip key elements do not all have same length: two');
    assert.deepEqual([problem.file, problem.line], [join(directory, 'variants.yaml'), 3]);
    assert.match(problem.help ?? '', /`one` has 2, `two` has 1/);
    const overrides = [{ key: 'two', values: ['x', 'y', 'z'] }];
    const other = renderRun(input({ recipes: ['.'], variantOverrides: overrides }));
    assert.deepEqual(other.ok ? [] : other.failure.map(({ line }) => line), [0]);
  });

  it('warns about numbers of variant files that other readers shorten', async () => {
    await write({ 'recipe.yaml': recipe('a'), 'variants.yaml': 'x: [3.10, "3.10", 3.1]\n' });
    const run = renderRun(input({ recipes: ['.'] }));
    const notices = run.ok ? run.value.recipes.flatMap((item) => item.notices) : [];
    assert.deepEqual(
      notices.map(({ severity, line, column }) => [severity, line, column]),
      [['warning', 1, 5]],
    );
  });

  it('refuses platforms that nothing is built for', () => {
    const platforms = { build: 'linux-64', host: 'noarch', target: 'noarch' };
    assert.deepEqual(refusal({ platforms }), [
      "USAGE_INVALID: --target-platform can't be `noarch`",
    ]);
  });

  it('without recipes is empty', async () => {
    await write({ 'x.txt': '' });
    assert.deepEqual(names({ recipeDirs: ['.'] }), []);
  });
});

describe('the search for recipes', () => {
  it('honours ignore files, skips hidden directories, and sorts by path', async () => {
    await write({
      'b/recipe.yaml': '',
      'a/sub/recipe.yaml': '',
      'a/recipe.yaml': '',
      'a/old/recipe.yaml': '',
      'a/.gitignore': 'old/\n',
      'out/.condapackageignore': '*\n',
      'out/recipe.yaml': '',
      '.hidden/recipe.yaml': '',
    });
    const found = findRecipes(directory).map((path) => path.slice(directory.length + 1));
    assert.deepEqual(found, ['a/recipe.yaml', 'a/sub/recipe.yaml', 'b/recipe.yaml']);
  });
});

describe('the files of a recipe', () => {
  it('are regular files relative to its directory', async () => {
    await write({ 'build.sh': 'x', 'sub/b': '', 'sub/a': '' });
    const files = directoryRecipeFiles(directory);
    assert.deepEqual(
      ['build.sh', 'sub', 'nosuch', 'build.sh/x', '\0'].map((path) => files.exists(path)),
      [true, false, false, false, false],
    );
    assert.equal(files.readText('build.sh'), 'x');
    assert.equal(files.readText('sub'), undefined);
    assert.deepEqual(files.list('sub'), ['a', 'b']);
    assert.deepEqual(files.list('nosuch'), []);
  });

  it('of standard input are none', () => {
    assert.deepEqual(
      [noRecipeFiles.exists('x'), noRecipeFiles.readText('x'), noRecipeFiles.list('x')],
      [false, undefined, []],
    );
  });
});
