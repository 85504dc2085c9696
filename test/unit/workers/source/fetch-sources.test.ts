import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';
import type { PathSource, Source, UrlSource } from '#proto/recipe/recipe.ts';
import type { BundledTree } from '#proto/task-spec.ts';
import { bundleTree } from '#deploy/bundle/bundle-tree.ts';
import { createHttpTransfer } from '#workers/environment/http-transfer.ts';
import { type FetchedSources, fetchSources } from '#workers/source/fetch-sources.ts';

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const common = { patches: [], filter: { include: [], exclude: [] } };

describe('sources', () => {
  let top = '';
  let work = '';
  let news: TaskNews[] = [];
  let blobs: DirectoryBlobStore;
  let server: Server;
  let address = '';
  let requests: string[] = [];
  const served = new Map<string, Buffer | number>();

  before(async () => {
    server = createServer((request, response) => {
      requests.push(request.url ?? '');
      const found = served.get(request.url ?? '');
      if (found === undefined || typeof found === 'number') {
        response.writeHead(found ?? 404).end();
      } else {
        response.end(found);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'sources-'));
    work = join(top, 'work');
    for (const name of ['work', 'recipe', 'scratch', 'input']) await mkdir(join(top, name));
    blobs = await DirectoryBlobStore.open(join(top, 'store'));
    news = [];
    requests = [];
    served.clear();
  });
  afterEach(async () => {
    await rm(top, { recursive: true, force: true });
  });

  const fetchAll = async (
    sources: readonly Source[],
    more: { pathSources?: Record<string, BundledTree>; signal?: AbortSignal } = {},
  ): Promise<FetchedSources> => {
    const { signal, pathSources = {} } = more;
    const tree = await bundleTree({
      root: join(top, 'recipe'),
      exclude: [],
      useGitignore: false,
      store: blobs,
      owner: 't',
    });
    return await fetchSources({
      sources,
      bundle: { recipeFile: 'recipe.yaml', recipeDir: tree, pathSources },
      blobs,
      workDir: work,
      scratchDir: join(top, 'scratch'),
      cacheDir: join(top, 'cache'),
      recipeDir: join(top, 'recipe'),
      reporter: { report: (piece) => news.push(piece) },
      transfer: createHttpTransfer({ retryDelayMs: 1 }),
      ...(signal === undefined ? {} : { signal }),
    });
  };
  const path = (where: string, more: Partial<PathSource> = {}): PathSource => ({
    kind: 'path',
    path: where,
    use_gitignore: true,
    ...common,
    ...more,
  });
  const url = (where: string | readonly string[], more: Partial<UrlSource> = {}): UrlSource => ({
    kind: 'url',
    url: typeof where === 'string' ? [where] : where,
    ...common,
    ...more,
  });
  const put = async (name: string, text: string): Promise<void> => {
    await mkdir(join(top, name, '..'), { recursive: true });
    await writeFile(join(top, name), text);
  };
  const text = async (name: string): Promise<string> => await readFile(join(work, name), 'utf8');
  const shell = (script: string): void => {
    execFileSync('bash', ['-ec', script], { cwd: join(top, 'input') });
  };

  describe('of kind path', () => {
    it('are copied from the recipe directory, hidden files and links included', async () => {
      await put('recipe/src/a.c', 'int a;');
      await put('recipe/src/.hidden/b', 'b');
      await symlink('a.c', join(top, 'recipe/src/link.c'));
      await fetchAll([path('src')]);
      assert.equal(await text('.hidden/b'), 'b');
      assert.equal(lstatSync(join(work, 'link.c')).isSymbolicLink(), true);
      assert.deepEqual(readdirSync(join(top, 'scratch')), []);
    });

    it('have one modification time, so that make regenerates nothing', async () => {
      await put('recipe/src/parser.y', 'y');
      await put('recipe/src/parser.c', 'c');
      await fetchAll([path('src')]);
      const [first, second] = ['parser.y', 'parser.c'].map(
        (name) => lstatSync(join(work, name)).mtimeMs,
      );
      assert.equal(first, second);
    });

    it('outside the recipe directory come from their bundle', async () => {
      await put('outside/lib/x.c', 'x');
      const bundled = await bundleTree({
        root: join(top, 'outside'),
        exclude: [],
        useGitignore: false,
        store: blobs,
        owner: 't',
      });
      await fetchAll([path('../outside', { target_directory: 'deep/er' })], {
        pathSources: { '../outside': bundled },
      });
      assert.equal(await text('deep/er/lib/x.c'), 'x');
    });

    it('that are single files keep their name, or get the one of file_name', async () => {
      await put('recipe/data.txt', 'data');
      await fetchAll([path('data.txt'), path('data.txt', { file_name: 'sub/other' })]);
      assert.equal(await text('data.txt'), 'data');
      assert.equal(await text('sub/other'), 'data');
    });

    it('that are archives are unpacked without their top directory, with their times', async () => {
      shell(
        'mkdir p-1; echo x > p-1/x; touch -d @1500000000 p-1/x; tar -czf ../recipe/p-1.tar.gz p-1',
      );
      await fetchAll([path('p-1.tar.gz')]);
      assert.equal(await text('x'), 'x\n');
      assert.equal(lstatSync(join(work, 'x')).mtimeMs, 1_500_000_000_000);
    });

    it('that are archives stay whole with file_name', async () => {
      shell('mkdir p-1; echo x > p-1/x; tar -czf ../recipe/p-1.tar.gz p-1');
      await fetchAll([path('p-1.tar.gz', { file_name: 'p.tgz' })]);
      assert.ok(existsSync(join(work, 'p.tgz')));
    });

    it('are reduced by their filter', async () => {
      for (const name of ['a.c', 'sub/b.c', 'sub/b.h', 'docs/d.md'])
        await put(`recipe/src/${name}`, name);
      await fetchAll([path('src', { filter: { include: ['*.c', 'docs/'], exclude: ['sub/'] } })]);
      assert.deepEqual(readdirSync(work).sort(), ['.source_info.json', 'a.c', 'docs']);
    });

    it('that do not exist are named', async () => {
      await assert.rejects(fetchAll([path('nosuch')]), {
        code: 'SOURCE_NOT_FOUND',
        message: /nosuch/,
      });
      await assert.rejects(fetchAll([path('../escape')]), { code: 'SOURCE_NOT_FOUND' });
    });

    it('with a wrong checksum are refused with the real one', async () => {
      await put('recipe/data.txt', 'data');
      await assert.rejects(fetchAll([path('data.txt', { sha256: '' })]), {
        code: 'SOURCE_CHECKSUM',
        message: new RegExp(`sha256 is ${sha256('data')}, the recipe says 0{64}`),
      });
    });

    it('cannot be put outside the work directory', async () => {
      await put('recipe/src/a', 'a');
      await assert.rejects(fetchAll([path('src', { target_directory: '../x' })]), {
        code: 'RECIPE_INVALID',
      });
      await symlink(top, join(work, 'way-out'));
      await assert.rejects(fetchAll([path('src', { target_directory: 'way-out' })]), {
        code: 'SOURCE_UNSAFE',
      });
      assert.ok(!existsSync(join(top, 'a')));
    });
  });

  describe('in one work directory', () => {
    it('replace each other in the order of the list, links are not followed', async () => {
      await put('recipe/one/f', '1');
      await put('recipe/two/f', '2');
      await put('recipe/two/d/g', '2');
      await mkdir(join(top, 'elsewhere'));
      await symlink(join(top, 'elsewhere'), join(top, 'recipe/one/d'));
      const { findings } = await fetchAll([path('one'), path('two')]);
      assert.equal(await text('f'), '2');
      assert.equal(await text('d/g'), '2');
      assert.deepEqual(readdirSync(join(top, 'elsewhere')), []);
      assert.deepEqual(findings, []);
    });

    it('that replace restored files say so, equal content excepted', async () => {
      for (const name of ['same', 'changed']) await put(`work/${name}`, 'old');
      await put('recipe/src/same', 'old');
      await put('recipe/src/changed', 'new');
      const { findings } = await fetchAll([path('src')]);
      assert.equal(findings.length, 1);
      assert.match(findings[0]?.message ?? '', /: changed$/);
      assert.ok(lstatSync(join(work, 'changed')).mtimeMs > Date.now() - 60_000);
    });

    it('leave a note without absolute paths and credentials', async () => {
      served.set('/f', Buffer.from('f'));
      await fetchAll([url(`${address.replace('//', '//me:pw@')}/f`, { sha256: sha256('f') })]);
      const note = await text('.source_info.json');
      assert.match(note, /"recipe_path": "recipe.yaml"/);
      assert.ok(!note.includes(top) && !note.includes('pw'));
    });
  });

  describe('of kind url', () => {
    const data = 'served';

    it('are fetched, verified and cached', async () => {
      served.set('/d/data.txt', Buffer.from(data));
      const source = url(`${address}/d/data.txt?x=1`, { sha256: sha256(data) });
      served.set('/d/data.txt?x=1', Buffer.from(data));
      await fetchAll([source]);
      await fetchAll([source]);
      assert.equal(await text('data.txt'), data);
      assert.equal(requests.length, 1);
    });

    it('are fetched again when the cached file was changed', async () => {
      served.set('/data.txt', Buffer.from(data));
      const source = url(`${address}/data.txt`, { sha256: sha256(data) });
      await fetchAll([source]);
      const sum = sha256(data);
      await writeFile(join(top, 'cache/sha256', sum.slice(0, 2), sum), 'changed');
      await fetchAll([source]);
      assert.equal(await text('data.txt'), data);
      assert.equal(requests.length, 2);
    });

    it('come from the first mirror that has the right bytes', async () => {
      served.set('/wrong', Buffer.from('other'));
      served.set('/right', Buffer.from(data));
      const mirrors = ['/absent', '/wrong', '/right'].map((name) => address + name);
      await fetchAll([url(mirrors, { sha256: sha256(data), file_name: 'f' })]);
      assert.equal(await text('f'), data);
    });

    it('that no mirror has right are refused with the sum that was found', async () => {
      served.set('/wrong', Buffer.from('other'));
      const mirrors = [`${address}/absent`, `${address}/wrong`];
      await assert.rejects(fetchAll([url(mirrors, { md5: 'f'.repeat(32) })]), {
        code: 'SOURCE_CHECKSUM',
        message: /md5 is [0-9a-f]{32}, the recipe says f{32}/,
      });
    });

    it('without a checksum are told about and not kept', async () => {
      served.set('/data.txt', Buffer.from(data));
      await fetchAll([url(`${address}/data.txt`)]);
      assert.equal(await text('data.txt'), data);
      assert.ok(news.some((piece) => piece.kind === 'notice' && /has no sha256/.test(piece.text)));
      assert.deepEqual(readdirSync(join(top, 'cache/tmp')), []);
    });

    it('on a server that is down fail as something that may pass', async () => {
      served.set('/x', 503);
      await assert.rejects(fetchAll([url(`${address}/x`, { sha256: sha256(data) })]), {
        code: 'SOURCE_FETCH_FAILED',
      });
    });

    it('may be files, and credentials stay out of messages', async () => {
      await put('input/local.txt', 'local');
      await fetchAll([
        url(pathToFileURL(join(top, 'input/local.txt')).href, { sha256: sha256('local') }),
      ]);
      assert.equal(await text('local.txt'), 'local');
      const secret = url(`${address.replace('//', '//user:s3cret@')}/none`, { sha256: sha256('') });
      await assert.rejects(
        fetchAll([secret]),
        (error: Error) => !error.message.includes('s3cret') && /none/.test(error.message),
      );
    });

    it('are not fetched after the task was cancelled', async () => {
      await assert.rejects(fetchAll([url(`${address}/x`)], { signal: AbortSignal.abort() }), {
        code: 'CANCELLED',
      });
      assert.deepEqual(requests, []);
    });
  });

  describe('with patches', () => {
    const diff = (name: string, before: string, after_: string): string =>
      `--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n-${before}\n+${after_}\n`;

    it('have them applied where the source went', async () => {
      await put('recipe/src/f', 'one\n');
      await put('recipe/fix.patch', diff('f', 'one', 'two'));
      await fetchAll([path('src', { target_directory: 'sub', patches: ['fix.patch'] })]);
      assert.equal(await text('sub/f'), 'two\n');
      assert.deepEqual(readdirSync(join(work, 'sub')), ['f']);
    });

    it('have the number of directories to strip found', async () => {
      await put('recipe/src/f', 'one\n');
      await put('recipe/zero.patch', diff('f', 'one', 'two').replaceAll(/[ab]\/f/g, 'f'));
      await put('recipe/three.patch', diff('f', 'two', 'three').replaceAll(/[ab]\/f/g, 'x/y/z/f'));
      await fetchAll([path('src', { patches: ['zero.patch', 'three.patch'] })]);
      assert.equal(await text('f'), 'three\n');
    });

    it('may take them from an earlier source', async () => {
      await put('recipe/patches/fix.patch', diff('f', 'one', 'two'));
      await put('recipe/src/f', 'one\n');
      await fetchAll([
        path('patches', { target_directory: 'p' }),
        path('src', { patches: ['${{ SRC_DIR }}/p/fix.patch'] }),
      ]);
      assert.equal(await text('f'), 'two\n');
    });

    it('that do not apply are refused with the hunk', async () => {
      await put('recipe/src/f', 'other\n');
      await put('recipe/fix.patch', diff('f', 'one', 'two'));
      await assert.rejects(fetchAll([path('src', { patches: ['fix.patch'] })]), {
        code: 'PATCH_FAILED',
        message: /fix\.patch does not apply[\s\S]*Hunk #1/,
      });
    });

    it('that were applied already are refused, not reversed', async () => {
      await put('recipe/src/f', 'two\n');
      await put('recipe/fix.patch', diff('f', 'one', 'two'));
      await assert.rejects(fetchAll([path('src', { patches: ['fix.patch'] })]), {
        code: 'PATCH_FAILED',
      });
      assert.equal(await text('f'), 'two\n');
    });

    it('that name files outside are refused', async () => {
      await put('recipe/src/f', 'one\n');
      await put('recipe/fix.patch', diff('../../victim', 'one', 'two'));
      await put('victim', 'one\n');
      await assert.rejects(fetchAll([path('src', { patches: ['fix.patch'] })]), {
        code: 'SOURCE_UNSAFE',
      });
    });

    it('in binary form are applied by git', async () => {
      shell(`git init -q .; printf '\\0a' > b; git add b; git -c user.name=x -c user.email=x@x commit -qm x
        mkdir -p ../recipe/src; cp b ../recipe/src/b; printf '\\0b\\0' > b; git diff --binary > ../recipe/b.patch`);
      await fetchAll([path('src', { patches: ['b.patch'] })]);
      assert.deepEqual(await readFile(join(work, 'b')), Buffer.from('\0b\0'));
    });

    it('may have carriage returns, where the files have them and where not', async () => {
      await put('recipe/src/dos', 'one\r\n');
      await put('recipe/src/unix', 'one\n');
      for (const name of ['dos', 'unix']) {
        await put(`recipe/${name}.patch`, diff(name, 'one', 'two').replaceAll('\n', '\r\n'));
      }
      await fetchAll([path('src', { patches: ['dos.patch', 'unix.patch'] })]);
      assert.equal(await text('dos'), 'two\r\n');
      assert.equal(await text('unix'), 'two\n');
    });

    it('that are missing are named', async () => {
      await put('recipe/src/f', 'one\n');
      await assert.rejects(fetchAll([path('src', { patches: ['no.patch'] })]), {
        code: 'PATCH_FAILED',
        message: /no\.patch/,
      });
    });
  });
});
