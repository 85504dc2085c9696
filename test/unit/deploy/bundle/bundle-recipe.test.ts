import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { type BundledRecipe, bundleRecipe } from '#deploy/bundle/bundle-recipe.ts';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { StageyardError } from '#proto/errors.ts';
import type { PathSource, RenderedOutput, Script } from '#proto/recipe/recipe.ts';
import { bundledFiles, type FileTable, makeTree } from '../../../support/file-trees.ts';
import { output, staging } from '../../../support/rendered-outputs.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const pathSource = (path: string, more: Partial<PathSource> = {}): PathSource => ({
  kind: 'path',
  path,
  patches: [],
  filter: { include: [], exclude: [] },
  use_gitignore: true,
  ...more,
});

const fileScript = (file: string): Script => ({
  env: {},
  secrets: [],
  body: { kind: 'file', file },
});

interface Bundled {
  readonly recipe: BundledRecipe;
  readonly directory: FileTable;
  readonly apart: Readonly<Record<string, FileTable>>;
}

interface Making {
  /** Relative to the temporary directory; the recipe is in `recipe/`. */
  readonly table: FileTable;
  readonly outputs: readonly RenderedOutput[];
  readonly standardInput?: string;
  readonly isTravelling?: boolean;
}

async function bundled({
  table,
  outputs,
  standardInput,
  isTravelling = false,
}: Making): Promise<Bundled> {
  return withTemporaryDirectory(async (directory) => {
    await makeTree(directory, table);
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    const recipeDir = join(directory, 'recipe');
    const recipePath = standardInput === undefined ? join(recipeDir, 'recipe.yaml') : '-';
    const recipe = await bundleRecipe({
      location: { recipePath, recipeDir },
      recipeText: standardInput,
      outputs,
      exclude: [join(directory, 'store')],
      isTravelling,
      store,
      owner: 'test',
    });
    const apart: Record<string, FileTable> = {};
    for (const [path, tree] of Object.entries(recipe.bundle.pathSources)) {
      apart[path] = await bundledFiles(store, tree);
    }
    return { recipe, apart, directory: await bundledFiles(store, recipe.bundle.recipeDir) };
  });
}

test('the recipe directory travels once, with its path sources inside', async () => {
  const table = { 'recipe/recipe.yaml': 'r', 'recipe/src/a.c': 'a', 'recipe/README': 'x' };
  const outputs = [output({ name: 'a', source: [pathSource('src'), pathSource('./src/a.c')] })];
  const { directory, apart, recipe } = await bundled({ table, outputs });
  assert.deepEqual(directory, { README: 'x', 'recipe.yaml': 'r', 'src/a.c': 'a' });
  assert.deepEqual(apart, {});
  assert.equal(recipe.bundle.recipeFile, 'recipe.yaml');
});

test('path sources outside the recipe directory are trees under the path as written', async () => {
  const table = {
    'recipe/recipe.yaml': 'r',
    'code/a.c': 'a',
    'code/.gitignore': '*.o\n',
    'code/a.o': '',
    'one.patch': 'p',
  };
  const withPatch = staging('base', {
    source: [pathSource('../code', { patches: ['../one.patch'] })],
  });
  const outputs = [
    output({ name: 'a', staging: [withPatch] }),
    output({ name: 'b', source: [pathSource('../code/a.c')] }),
  ];
  const { apart } = await bundled({ table, outputs });
  assert.deepEqual(apart, {
    '../code': { '.gitignore': '*.o\n', 'a.c': 'a' },
    '../code/a.c': { 'a.c': 'a' },
    '../one.patch': { 'one.patch': 'p' },
  });
});

test('the parent directory as source leaves out the store and brings the recipe', async () => {
  const table = { 'recipe/recipe.yaml': 'r', 'main.c': 'm', 'store/x': '' };
  const { apart } = await bundled({
    table,
    outputs: [output({ name: 'a', source: [pathSource('../')] })],
  });
  assert.deepEqual(apart, { '../': { 'main.c': 'm', 'recipe/recipe.yaml': 'r' } });
});

test('a source inside the recipe directory is apart when its own rules take other files', async () => {
  const table = {
    'recipe/recipe.yaml': 'r',
    'recipe/.gitignore': '*.gen\ndist/\n',
    'recipe/src/a.gen': 'g',
    'recipe/src/a.c': 'a',
    'recipe/dist/d': 'd',
  };
  const source = [
    pathSource('src'),
    pathSource('dist'),
    pathSource('./src', { use_gitignore: false }),
  ];
  const { directory, apart } = await bundled({ table, outputs: [output({ name: 'a', source })] });
  assert.deepEqual(Object.keys(directory), ['.gitignore', 'recipe.yaml', 'src/a.c']);
  assert.deepEqual(apart, {
    src: { 'a.c': 'a', 'a.gen': 'g' },
    dist: { d: 'd' },
    './src': { 'a.c': 'a', 'a.gen': 'g' },
  });
});

test('a path that leaves the recipe directory and comes back is apart: a worker has no such way', async () => {
  const table = { 'recipe/recipe.yaml': 'r', 'recipe/src/a.c': 'a' };
  const source = [pathSource('../recipe/src'), pathSource('src/../src')];
  const { apart } = await bundled({ table, outputs: [output({ name: 'a', source })] });
  assert.deepEqual(apart, { '../recipe/src': { 'a.c': 'a' } });
});

test('what the recipe names travels although git ignores it', async () => {
  const table = {
    'recipe/.gitignore': '*\n',
    'recipe/recipe.yaml': 'r',
    'recipe/build.sh': '!b',
    'recipe/install.sh': 'i',
    'recipe/fix.patch': 'p',
    'recipe/other': '',
  };
  const source = [pathSource('recipe.yaml', { patches: ['fix.patch'] })];
  const outputs = [
    output({ name: 'a', source }),
    output({ name: 'b', script: fileScript('install') }),
  ];
  const { directory } = await bundled({ table, outputs });
  assert.deepEqual(directory, {
    'build.sh': '!b',
    'fix.patch': 'p',
    'install.sh': 'i',
    'recipe.yaml': 'r',
  });
});

test('the list of files tells content, mode and which scripts look at the recipe directory', async () => {
  const first = {
    'recipe/recipe.yaml': 'r',
    'recipe/build.sh': '!cp $RECIPE_DIR/x .',
    'recipe/l': '->x',
    'recipe/x': 'x',
  };
  const outputs = [output({ name: 'a' })];
  const { recipe } = await bundled({ table: first, outputs });
  assert.deepEqual(
    recipe.files.map(({ path, mentionsRecipeDir }) => [path, mentionsRecipeDir]),
    [
      ['build.sh', true],
      ['l', false],
      ['recipe.yaml', false],
      ['x', false],
    ],
  );
  for (const change of [{ 'recipe/x': '!x' }, { 'recipe/x': 'y' }, { 'recipe/l': '->y' }]) {
    const changed = (await bundled({ table: { ...first, ...change }, outputs })).recipe.files;
    const differing = changed.filter(({ digest }, index) => digest !== recipe.files[index]?.digest);
    assert.deepEqual(
      differing.map(({ path }) => `recipe/${path}`),
      Object.keys(change),
    );
  }
});

test('a word across two pieces of a large script is seen', async () => {
  const filler = 'x'.repeat(1024 * 1024 * 2);
  for (let shift = 0; shift < 3; shift += 1) {
    const script = `${filler.slice(600 + shift * 300)}RECIPE_DIR${filler}`;
    const table = { 'recipe/recipe.yaml': 'r', 'recipe/build.sh': script };
    const { recipe } = await bundled({ table, outputs: [output({ name: 'a' })] });
    assert.equal(recipe.files[0]?.mentionsRecipeDir, true);
  }
});

test('a recipe from standard input travels without its surroundings', async () => {
  const table = { 'recipe/build.sh': 'b', 'recipe/private': 'p', 'recipe/src/a.c': 'a' };
  const outputs = [output({ name: 'a', source: [pathSource('src')] })];
  const { directory, apart } = await bundled({ table, outputs, standardInput: 'package:' });
  assert.deepEqual(directory, { 'build.sh': 'b', 'recipe.yaml': 'package:' });
  assert.deepEqual(apart, { src: { 'a.c': 'a' } });
});

test("a missing source names the recipe's key and the path", async () => {
  const table = { 'recipe/recipe.yaml': 'r' };
  const missing = [
    { source: [pathSource('../gone')], text: /source\.path: \.\.\/gone does not exist/ },
    {
      source: [pathSource('.', { patches: ['gone.patch'] })],
      text: /source\.patches: gone\.patch does not exist/,
    },
  ];
  for (const { source, text } of missing) {
    await assert.rejects(bundled({ table, outputs: [output({ name: 'a', source })] }), (error) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.code, 'SOURCE_NOT_FOUND');
      assert.match(error.message, text);
      return true;
    });
  }
});

test('one path with and without use_gitignore is refused with a way out', async () => {
  const table = { 'recipe/recipe.yaml': 'r', 'recipe/src/a': 'a' };
  const source = [pathSource('src'), pathSource('src', { use_gitignore: false })];
  await assert.rejects(bundled({ table, outputs: [output({ name: 'a', source })] }), /\.\/src/);
});

test('what travels may not lead out of its tree; at home links are taken as they are', async () => {
  const escapes: [string, FileTable, RenderedOutput, RegExp][] = [
    [
      'a link of the recipe directory',
      { 'recipe/recipe.yaml': 'r', 'recipe/data/key': '->../../secret', secret: 's' },
      output({ name: 'a' }),
      /data\/key -> \.\.\/\.\.\/secret/,
    ],
    [
      'an absolute link of a source',
      { 'recipe/recipe.yaml': 'r', 'code/passwd': '->/etc/passwd' },
      output({ name: 'a', source: [pathSource('../code')] }),
      /\.\.\/code holds links that lead out of it[^]*passwd -> \/etc\/passwd/,
    ],
    [
      'a link that climbs through its own tree',
      { 'recipe/recipe.yaml': 'r', 'recipe/a/b/c': '->../../../secret' },
      output({ name: 'a' }),
      /a\/b\/c/,
    ],
  ];
  for (const [what, table, made, words] of escapes) {
    const outputs = [made];
    await assert.rejects(bundled({ table, outputs, isTravelling: true }), words, what);
    await bundled({ table, outputs });
  }
  const inside = { 'recipe/recipe.yaml': 'r', 'recipe/a/b': '->../recipe.yaml' };
  await bundled({ table: inside, outputs: [output({ name: 'a' })], isTravelling: true });
});

test('a script beside the directory of a travelling recipe is refused', async () => {
  const table = { 'recipe/recipe.yaml': 'r', 'build.sh': 'make' };
  const outputs = [output({ name: 'a', script: fileScript('../build.sh') })];
  await assert.rejects(
    bundled({ table, outputs, isTravelling: true }),
    /the script \.\.\/build\.sh is outside of the recipe's directory/,
  );
});
