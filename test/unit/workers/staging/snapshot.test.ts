import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, truncateSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { StageyardError } from '#proto/errors.ts';
import { removeTree } from '#workers/script/forced-removal.ts';
import { type CapturedTrees, type CaptureOptions, captureTrees } from '#workers/staging/capture.ts';
import {
  restoreSnapshot,
  type RestoreOptions,
  type RestoreSummary,
} from '#workers/staging/restore.ts';

/** The user that every Unix has. */
const NOBODY = 65_534;

describe('a snapshot', () => {
  let top = '';
  let blobs: DirectoryBlobStore;
  const at = (...parts: readonly string[]): string => join(top, ...parts);
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'snapshot-'));
    for (const name of ['1/prefix', '1/work', 'scratch'])
      await mkdir(at(name), { recursive: true });
    blobs = await DirectoryBlobStore.open(at('store'));
  });
  afterEach(async () => {
    await removeTree(top);
  });

  const put = async (path: string, content: string | Buffer, mode = 0o644): Promise<void> => {
    await mkdir(at('1', path, '..'), { recursive: true });
    await writeFile(at('1', path), content);
    await chmod(at('1', path), mode);
  };
  const capture = async (more: Partial<CaptureOptions> = {}): Promise<CapturedTrees> =>
    await captureTrees({
      hostPrefix: at('1/prefix'),
      workDir: at('1/work'),
      owned: new Set(),
      blobs,
      scope: { owner: 'test' },
      scratchDir: at('scratch'),
      ...more,
    });
  const restore = async (
    manifest: CapturedTrees,
    more: Partial<RestoreOptions> = {},
  ): Promise<RestoreSummary> =>
    await restoreSnapshot({
      manifest,
      blobs,
      hostPrefix: at('2/prefix'),
      workDir: at('2/work'),
      layers: 'both',
      scratchDir: at('scratch'),
      ...more,
    });
  const pathsOf = (layer: CapturedTrees['prefix']): readonly string[] =>
    layer.files.map(({ path }) => path);
  const read = (path: string): string => readFileSync(at('2', path), 'utf8');

  describe('captured', () => {
    it('holds what no package brought, and the whole work directory, sorted by bytes', async () => {
      for (const path of [
        'prefix/lib/own.so',
        'prefix/lib/theirs.so',
        'prefix/conda-meta/x.json',
        'prefix/Z',
        'prefix/é',
      ])
        await put(path, '');
      for (const path of ['work/conda-meta/kept', 'work/.hidden']) await put(path, '');
      const { prefix, work } = await capture({ owned: new Set(['lib/theirs.so']) });
      assert.deepEqual(pathsOf(prefix), ['Z', 'lib/own.so', 'é']);
      assert.deepEqual(pathsOf(work), ['.hidden', 'conda-meta/kept']);
      assert.deepEqual(readdirSync(at('scratch')), []);
    });

    it('states digest, mode, size and link target of each file', async () => {
      await put('prefix/bin/tool', 'content', 0o4755);
      await put('prefix/large', Buffer.alloc(3_000_000, 'x'));
      await symlink('tool', at('1/prefix/bin/link'));
      const { prefix } = await capture();
      const [link, tool, large] = prefix.files;
      assert.deepEqual(
        [tool?.mode, tool?.sizeBytes, tool?.digest],
        [0o4755, 7, createHash('sha256').update('content').digest('hex')],
      );
      assert.deepEqual([link?.kind, link?.linkTarget], ['symlink', 'tool']);
      assert.equal(
        large?.digest,
        createHash('sha256').update(Buffer.alloc(3_000_000, 'x')).digest('hex'),
      );
    });

    it('is the same blob for the same trees', async () => {
      await put('prefix/a', 'a');
      await utimes(at('1/prefix/a'), 1000, 1000.7);
      const first = await capture();
      await put('prefix/b', 'b');
      await rm(at('1/prefix/b'));
      await utimes(at('1/prefix/a'), 2000, 1000.2);
      assert.equal((await capture()).prefix.blob.digest, first.prefix.blob.digest);
    });

    it('lists where the paths stand, as text or binary', async () => {
      await put('prefix/text', `a ${at('1/prefix')}/x ${at('1/work')} ${at('1/prefix')}`);
      await put(
        'prefix/binary',
        Buffer.concat([Buffer.from([0, 1]), Buffer.from(at('1/work')), Buffer.alloc(3)]),
      );
      const { prefix, unrewritable } = await capture();
      const length = at('1/prefix').length;
      assert.deepEqual(
        prefix.files.map(({ occurrences }) => occurrences),
        [
          [{ of: 'work', mode: 'binary', offsets: [2] }],
          [
            { of: 'prefix', mode: 'text', offsets: [2, 2 + length + 3 + at('1/work').length + 1] },
            { of: 'work', mode: 'text', offsets: [2 + length + 3] },
          ],
        ],
      );
      assert.deepEqual(unrewritable, []);
    });

    it('finds a path that lies across two reads of a large file', async () => {
      for (const before of [1024 * 1024 - 520, 1024 * 1024 - 513, 2 * 1024 * 1024 - 530]) {
        await put(
          'work/large',
          Buffer.concat([
            Buffer.alloc(before, 'x'),
            Buffer.from(at('1/prefix')),
            Buffer.alloc(1000, 'y'),
          ]),
        );
        const { work } = await capture();
        assert.deepEqual(
          work.files[0]?.occurrences,
          [{ of: 'prefix', mode: 'text', offsets: [before] }],
          String(before),
        );
      }
    });

    it('tells of paths that cannot be rewritten', async () => {
      const path = `${at('1/prefix')}/share`;
      await put('prefix/utf16le', Buffer.concat([Buffer.from(path, 'utf16le'), Buffer.alloc(2)]));
      await put('prefix/utf16be', Buffer.from(`x${path}`, 'utf16le').swap16());
      await put('prefix/page.gz', gzipSync(`see ${path}`));
      await put('prefix/clean.gz', gzipSync('see nothing'));
      await put('prefix/looks.gz', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]));
      await put('input/member.txt', `${path} `.repeat(20));
      execFileSync('python3', [
        '-c',
        `import zipfile; zipfile.ZipFile("${at('1/work', 'a.zip')}", "w", zipfile.ZIP_DEFLATED).write("${at('1/input/member.txt')}")`,
      ]);
      const { unrewritable } = await capture();
      assert.deepEqual([...unrewritable].sort(), [
        'prefix/page.gz',
        'prefix/utf16be',
        'prefix/utf16le',
        'work/a.zip',
      ]);
    });

    it('names sockets and pipes, which it cannot hold', async () => {
      execFileSync('mkfifo', [at('1/work', 'pipe')]);
      const { work, unstorable } = await capture();
      assert.deepEqual(unstorable, ['work/pipe']);
      assert.deepEqual(work.files, []);
    });

    it('of a prefix that was never made is empty', async () => {
      await rm(at('1/prefix'), { recursive: true });
      assert.deepEqual((await capture()).prefix.files, []);
    });

    it('fails, naming the file, where a name is not UTF-8', async () => {
      execFileSync('bash', ['-c', `touch "$1/"$'bad\\xff'`, 'x', at('1/work')]);
      await assert.rejects(capture(), {
        code: 'PACKAGE_CONTENT',
        message: /bad.*not UTF-8/,
      });
    });

    it('fails, naming the file, where one changes while it is read', async () => {
      for (const name of ['a', 'b']) await put(`work/${name}`, Buffer.alloc(5_000_000));
      const capturing = capture();
      truncateSync(at('1/work', 'b'), 10);
      await assert.rejects(capturing, { code: 'STAGING_CAPTURE_FAILED', message: /work\/b/ });
      assert.deepEqual(readdirSync(at('scratch')), []);
    });

    it('stops when the task is cancelled', async () => {
      await put('work/a', 'a');
      await assert.rejects(capture({ signal: AbortSignal.abort() }), { code: 'CANCELLED' });
    });
  });

  describe('restored elsewhere', () => {
    it('has its paths and links rewritten, the build prefix with the work directory', async () => {
      await put('prefix/lib/pkgconfig/x.pc', `prefix=${at('1/prefix')}\n`);
      await put(
        'work/CMakeCache.txt',
        `cc=${at('1/work')}_build_env/bin/cc src=${at('1/work')}/src\n`,
      );
      await symlink(`${at('1/prefix')}/lib/x`, at('1/work', 'absolute'));
      await symlink('../outside', at('1/work', 'relative'));
      await restore(await capture());
      assert.equal(read('prefix/lib/pkgconfig/x.pc'), `prefix=${at('2/prefix')}\n`);
      assert.equal(
        read('work/CMakeCache.txt'),
        `cc=${at('2/work')}_build_env/bin/cc src=${at('2/work')}/src\n`,
      );
      assert.equal(readlinkSync(at('2/work', 'absolute')), `${at('2/prefix')}/lib/x`);
      assert.equal(readlinkSync(at('2/work', 'relative')), '../outside');
    });

    it('leaves make nothing to do', async () => {
      await put('work/Makefile', 'out: in.o\n\tcp in.o out\nin.o: in.c\n\tcp in.c in.o\n');
      await put('work/in.c', 'int x;');
      execFileSync('make', ['-s'], { cwd: at('1/work') });
      await restore(await capture());
      const said = execFileSync('make', [], { cwd: at('2/work'), encoding: 'utf8' });
      assert.match(said, /up to date/);
    });

    it('has read-only trees and their times as they were', async () => {
      await put('work/ro/deep/file', 'x', 0o444);
      await utimes(at('1/work', 'ro/deep'), 1_500_000_000, 1_500_000_000);
      await chmod(at('1/work', 'ro/deep'), 0o555);
      await chmod(at('1/work', 'ro'), 0o555);
      await restore(await capture());
      assert.equal(lstatSync(at('2/work', 'ro')).mode & 0o777, 0o555);
      assert.equal(lstatSync(at('2/work', 'ro/deep')).mtimeMs, 1_500_000_000_000);
      assert.equal(lstatSync(at('2/work', 'ro/deep/file')).mode & 0o777, 0o444);
    });

    it('belongs to another user, who reads and writes what its owner could', async () => {
      await put('prefix/private', `in ${at('1/prefix')}`, 0o600);
      await put('work/ro/f', 'content', 0o400);
      await chmod(at('1/work', 'ro'), 0o500);
      const manifest = await capture();
      await mkdir(at('2'));
      for (const path of [top, at('2'), at('scratch')]) await chmod(path, 0o777);
      const owner = process.geteuid?.();
      const other = owner === 0 ? NOBODY : owner;
      if (owner === 0) process.seteuid?.(NOBODY);
      try {
        await restore(manifest);
        assert.equal(read('prefix/private'), `in ${at('2/prefix')}`);
        assert.equal(read('work/ro/f'), 'content');
      } finally {
        if (owner === 0) process.seteuid?.(0);
      }
      const { uid, mode } = lstatSync(at('2/work/ro'));
      assert.deepEqual([uid, mode & 0o777], [other, 0o500]);
    });

    it('can be the prefix alone, a selection of it, and at another directory', async () => {
      for (const path of ['prefix/a', 'prefix/b', 'work/c']) await put(path, at('1/prefix'));
      const summary = await restore(await capture(), {
        layers: 'prefix',
        select: (path) => path === 'b',
        prefixDestination: at('package'),
      });
      assert.deepEqual(summary, { prefixFileCount: 1, workFileCount: 0, conflicts: [] });
      assert.deepEqual(readdirSync(at('package')), ['b']);
      assert.equal(readFileSync(at('package/b'), 'utf8'), at('2/prefix'));
    });

    it('keeps what is already there and says whether it differs', async () => {
      for (const name of ['same', 'other', 'free'])
        await put(`prefix/${name}`, `${at('1/prefix')}/${name}`);
      const captured = await capture();
      await mkdir(at('2/prefix'), { recursive: true });
      await writeFile(at('2/prefix/same'), `${at('2/prefix')}/same`);
      await writeFile(at('2/prefix/other'), 'of a package');
      const { conflicts, prefixFileCount } = await restore(captured);
      assert.deepEqual(conflicts, [
        { path: 'other', layer: 'prefix', isIdentical: false },
        { path: 'same', layer: 'prefix', isIdentical: true },
      ]);
      assert.equal(prefixFileCount, 1);
      assert.equal(read('prefix/other'), 'of a package');
    });

    it('never writes through a link that is there', async () => {
      await put('prefix/lib/x', 'x');
      const captured = await capture();
      await mkdir(at('2/prefix'), { recursive: true });
      await mkdir(at('elsewhere'));
      await symlink(at('elsewhere'), at('2/prefix/lib'));
      await assert.rejects(restore(captured), { name: 'StageyardError' });
      assert.deepEqual(readdirSync(at('elsewhere')), []);
    });

    it('is missing when a blob is gone, and invalid when one is damaged', async () => {
      await put('prefix/a', 'a'.repeat(1000));
      const captured = await capture();
      const { digest } = captured.prefix.blob;
      const file = execFileSync('find', [at('store'), '-name', digest], {
        encoding: 'utf8',
      }).trim();
      await chmod(file, 0o644);
      await writeFile(file, Buffer.alloc(captured.prefix.blob.sizeBytes));
      await assert.rejects(restore(captured), { code: 'SNAPSHOT_INVALID' });
      await blobs.delete(captured.prefix.blob);
      await assert.rejects(restore(captured), { code: 'SNAPSHOT_MISSING' });
    });

    it('is invalid when manifest and layer disagree', async () => {
      await put('prefix/a', `x${at('1/prefix')}`);
      const captured = await capture();
      const [file] = captured.prefix.files;
      assert.ok(file);
      const changed = (files: CapturedTrees['prefix']['files']): CapturedTrees => ({
        ...captured,
        prefix: { ...captured.prefix, files },
      });
      const wrong = [
        [file, { ...file, path: 'b' }],
        [{ ...file, sizeBytes: 1 }],
        [{ ...file, kind: 'directory' as const }],
        [
          {
            ...file,
            occurrences: [{ of: 'prefix' as const, mode: 'text' as const, offsets: [0] }],
          },
        ],
      ];
      for (const files of wrong) {
        await rm(at('2'), { recursive: true, force: true });
        await assert.rejects(restore(changed(files)), { code: 'SNAPSHOT_INVALID' });
      }
    });

    it('is refused at a place with a path of another length', async () => {
      const captured = await capture();
      await assert.rejects(
        restore(captured, { hostPrefix: at('2/prefix-longer') }),
        (error: unknown) =>
          error instanceof StageyardError &&
          error.code === 'SNAPSHOT_INVALID' &&
          /differ in length/.test(error.message),
      );
    });
  });
});
