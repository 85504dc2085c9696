import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { currentProcessIdentity } from '#proto/adapters/process-identity.ts';
import { bundleTree } from '#deploy/bundle/bundle-tree.ts';
import { StageyardError } from '#proto/errors.ts';
import { bundledFiles, type FileTable, makeTree } from '../../../support/file-trees.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

interface Bundling {
  readonly exclude?: readonly string[];
  readonly useGitignore?: boolean;
}

/** Makes a tree, bundles it, answers what travels. */
async function bundled(
  table: FileTable,
  { exclude = [], useGitignore = true }: Bundling = {},
): Promise<FileTable> {
  return withTemporaryDirectory(async (directory) => {
    const root = join(directory, 'tree');
    await makeTree(root, table);
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    const excluded = exclude.map((path) => join(root, path));
    const tree = await bundleTree({ root, exclude: excluded, useGitignore, store, owner: 'test' });
    assert.equal(tree.digest, tree.blob.digest);
    return bundledFiles(store, tree);
  });
}

const isCode =
  (code: string, text: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof StageyardError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  };

test("files, hidden files, links and empty directories travel, git's own data does not", async () => {
  const table = {
    'recipe.yaml': 'package:',
    'build.sh': '!make',
    '.hidden': 'h',
    'src/a.c': 'int a;',
    'src/link.c': '->a.c',
    'src/dangling': '->../../elsewhere',
    'empty/': '',
  };
  const expected = { ...table, 'empty/': '' };
  assert.deepEqual(
    await bundled({ ...table, '.git/config': 'x', 'sub/.git': 'gitdir: x', 'sub/f': 'f' }),
    {
      ...expected,
      'sub/f': 'f',
    },
  );
});

test('nested ignore files are honoured, a deeper one decides before a higher one', async () => {
  const files = await bundled({
    '.gitignore': '*.o\n/only-here\nbuild/\n!keep.o\n# comment\n',
    'a.o': '',
    'A.O': 'case matters',
    'keep.o': 'k',
    'only-here': '',
    'sub/only-here': 's',
    'sub/.gitignore': '\n!special.o\n*.tmp\n',
    'sub/special.o': 'o',
    'sub/other.o': '',
    'sub/x.tmp': '',
    'x.tmp': 'x',
    'build/out': '',
    'sub/build/out': '',
  });
  assert.deepEqual(Object.keys(files), [
    '.gitignore',
    'A.O',
    'keep.o',
    'sub/.gitignore',
    'sub/only-here',
    'sub/special.o',
    'x.tmp',
  ]);
});

test('.gitignore counts only where asked for, .condapackageignore always', async () => {
  const table = {
    '.gitignore': 'git\n',
    git: 'g',
    '.condapackageignore': 'conda\n',
    conda: '',
    both: 'b',
  };
  const withGit = await bundled(table);
  assert.deepEqual(Object.keys(withGit), ['.condapackageignore', '.gitignore', 'both']);
  const without = await bundled(table, { useGitignore: false });
  assert.deepEqual(Object.keys(without), ['.condapackageignore', '.gitignore', 'both', 'git']);
});

test('.condapackageignore can bring back what .gitignore leaves out', async () => {
  const files = await bundled({
    '.gitignore': '*.so\n',
    '.condapackageignore': '\n!lib.so\n',
    'lib.so': 's',
    'b.so': '',
  });
  assert.equal(files['lib.so'], 's');
  assert.equal(files['b.so'], undefined);
});

test('a directory that a deciding file brings back is entered, and its other rules go on', async () => {
  const files = await bundled({
    '.gitignore': 'dist/\n*.log\n',
    '.condapackageignore': '\n!dist/\n',
    'dist/a [1]!#.txt': 'a',
    'dist/b.log': '',
    'sub/.gitignore': '\n!dist/\n',
    'sub/dist/c': 'c',
    'sub/.condapackageignore': 'dist/d\n',
    'sub/dist/d': '',
  });
  const found = Object.keys(files).filter((path) => path.includes('dist/'));
  assert.deepEqual(found, ['dist/a [1]!#.txt', 'sub/dist/c']);
});

test('an output directory leaves itself out, with or without being named', async () => {
  const table = {
    'recipe.yaml': 'r',
    'output/.condapackageignore': '*\n',
    'output/linux-64/a.conda': 'x',
    'store/blob': 'y',
  };
  assert.deepEqual(Object.keys(await bundled(table, { exclude: ['store'] })), ['recipe.yaml']);
});

test('the digest depends on content, names and executable bits alone', () =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    const digestOf = async (name: string): Promise<string> => {
      const query = { root: join(directory, name), exclude: [], useGitignore: true };
      return (await bundleTree({ ...query, store, owner: name })).digest;
    };
    const table = { 'b/x': '1', 'b-c': '2', 'b.d': '3', ä: '4', z: '->x', s: '!5' };
    await makeTree(join(directory, 'first'), table);
    await makeTree(
      join(directory, 'second-longer'),
      Object.fromEntries(Object.entries(table).toReversed()),
    );
    await utimes(join(directory, 'second-longer', 'b-c'), 1000, 1000);
    await chmod(join(directory, 'second-longer', 'b-c'), 0o600);
    const first = await digestOf('first');
    assert.equal(await digestOf('second-longer'), first);
    await chmod(join(directory, 'second-longer', 'b-c'), 0o700);
    assert.notEqual(await digestOf('second-longer'), first);
  }));

test('a single file travels under its own name, through a link too', () =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    await writeFile(join(directory, 'real.tar.gz'), 'archive');
    await symlink('real.tar.gz', join(directory, 'named.tar.gz'));
    const query = { root: join(directory, 'named.tar.gz'), exclude: [], useGitignore: true };
    const tree = await bundleTree({ ...query, store, owner: 'test' });
    assert.deepEqual(await bundledFiles(store, tree), { 'named.tar.gz': 'archive' });
  }));

test('a large tree goes through a file that does not stay', () =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    await makeTree(join(directory, 'tree'), { large: 'x'.repeat(9_000_000), small: 's' });
    const query = { root: join(directory, 'tree'), exclude: [], useGitignore: true };
    const tree = await bundleTree({ ...query, store, owner: 'test' });
    assert.equal((await bundledFiles(store, tree))['large']?.length, 9_000_000);
    const ours = `stageyard-bundle-${currentProcessIdentity()}`;
    assert.deepEqual(
      (await readdir(tmpdir())).filter((name) => name.startsWith(ours)),
      [],
    );
  }));

test('what cannot travel is refused by name', () =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    const bundling = (root: string) =>
      bundleTree({
        root: join(directory, root),
        exclude: [],
        useGitignore: true,
        store,
        owner: 'test',
      });
    await makeTree(join(directory, 'tree'), { a: 'a' });
    execFileSync('mkfifo', [join(directory, 'tree', 'pipe')]);
    await assert.rejects(bundling('tree'), isCode('SOURCE_UNSAFE', /tree\/pipe is neither/));
    await makeTree(join(directory, 'latin'), {});
    await writeFile(Buffer.concat([Buffer.from(`${directory}/latin/f`), Buffer.from([0xe4])]), '');
    await assert.rejects(bundling('latin'), isCode('SOURCE_UNSAFE', /not UTF-8/));
    await assert.rejects(bundling('absent'), isCode('SOURCE_NOT_FOUND', /absent does not exist/));
  }));
