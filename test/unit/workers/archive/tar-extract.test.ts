import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { extractTar } from '#workers/archive/tar-extract.ts';
import type { ExtractOptions, ExtractSummary } from '#workers/archive/tar-extract.ts';
import { chunked, paxMember, rawTar } from '../../../support/tar-bytes.ts';
import type { RawMember } from '../../../support/tar-bytes.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const limits = { code: 'SOURCE_UNSAFE', maxBytes: 1_000_000, maxFiles: 100 } as const;

interface Place {
  readonly root: string;
  readonly dest: string;
  readonly extract: (archive: Buffer, options?: Partial<ExtractOptions>) => Promise<ExtractSummary>;
}

async function place(test: TestContext): Promise<Place> {
  const root = await temporaryDirectory(test);
  const dest = join(root, 'dest');
  await mkdir(dest);
  return {
    root,
    dest,
    extract: (archive, options = {}) =>
      extractTar(chunked(archive), dest, { ...limits, ...options }),
  };
}

describe('extractTar', () => {
  const attacks: readonly (readonly [string, readonly RawMember[], RegExp])[] = [
    ['a name with ".."', [{ name: 'a/../../evil', content: 'x' }], /"\.\."/],
    ['an absolute name', [{ name: '/tmp/evil', content: 'x' }], /absolute/],
    [
      'a file below a link that leads out',
      [
        { name: 'd', type: '2', link: '..' },
        { name: 'd/evil', content: 'x' },
      ],
      /no directory has this name/,
    ],
    [
      'a file with the name of a link',
      [
        { name: 'f', type: '2', link: '../evil' },
        { name: 'f', content: 'x' },
      ],
      /occurs twice/,
    ],
    ['a hard link to a file outside', [{ name: 'h', type: '1', link: '../secret' }], /"\.\."/],
    [
      'a hard link through a link',
      [
        { name: 'd', type: '2', link: '..' },
        { name: 'h', type: '1', link: 'd/secret' },
      ],
      /no directory has this name/,
    ],
    [
      'a hard link to a link',
      [
        { name: 'l', type: '2', link: '../secret' },
        { name: 'h', type: '1', link: 'l' },
      ],
      /no file of the archive/,
    ],
    [
      'a hard link to nothing',
      [{ name: 'h', type: '1', link: 'missing' }],
      /no file of the archive/,
    ],
    ['a pipe', [{ name: 'p', type: '6' }], /device, a pipe/],
    ['a character device', [{ name: 'c', type: '3' }], /device, a pipe/],
    ['a block device', [{ name: 'b', type: '4' }], /device, a pipe/],
    ['a sparse file', [paxMember({ 'GNU.sparse.major': '1' }), { name: 's' }], /sparse/],
    [
      'an absolute name in a pax header',
      [paxMember({ path: '/tmp/evil' }), { name: 'x' }],
      /absolute/,
    ],
    ['a NUL in a pax name', [paxMember({ path: 'a\0b' }), { name: 'x' }], /NUL/],
    ['a name that is not UTF-8', [{ name: Buffer.from([0x66, 0xff]) }], /not UTF-8/],
    [
      'a component over 255 bytes',
      [paxMember({ path: 'n'.repeat(256) }), { name: 'x' }],
      /too long/,
    ],
    ['a name over 4096 bytes', [paxMember({ path: 'n/'.repeat(3000) }), { name: 'x' }], /too long/],
    ['an empty name', [{ name: '', content: 'x' }], /no name/],
    ['a link without a target', [{ name: 'l', type: '2' }], /no valid target/],
  ];
  for (const [what, members, message] of attacks) {
    it(`refuses ${what}`, async (test) => {
      const { root, dest, extract } = await place(test);
      await writeFile(join(root, 'secret'), 'secret');
      for (const duplicates of ['refuse', 'replace'] as const) {
        if (duplicates === 'replace' && String(message).includes('twice')) continue;
        await assert.rejects(extract(rawTar(...members), { duplicates }), (error) => {
          assert.match(String(error), message);
          assert.equal((error as { code?: string }).code, 'SOURCE_UNSAFE');
          return true;
        });
        for (const name of await readdir(dest)) {
          assert.notEqual(await readFile(join(dest, name), 'utf8').catch(() => ''), 'x');
        }
      }
      assert.deepEqual((await readdir(root)).sort(), ['dest', 'secret']);
      assert.equal(await readFile(join(root, 'secret'), 'utf8'), 'secret');
    });
  }

  it('replaces a link by a file instead of writing through it', async (test) => {
    const { root, dest, extract } = await place(test);
    await writeFile(join(root, 'secret'), 'secret');
    const archive = rawTar(
      { name: 'f', type: '2', link: '../secret' },
      { name: 'f', content: 'x' },
    );
    await extract(archive, { duplicates: 'replace' });
    assert.equal(await readFile(join(root, 'secret'), 'utf8'), 'secret');
    assert.ok((await lstat(join(dest, 'f'))).isFile());
  });

  it('refuses to go through a link that was there before', async (test) => {
    const { root, dest, extract } = await place(test);
    await mkdir(join(root, 'outside'));
    await symlink('../outside', join(dest, 'd'));
    await assert.rejects(extract(rawTar({ name: 'd/evil', content: 'x' })), /no directory/);
    assert.deepEqual(await readdir(join(root, 'outside')), []);
  });

  it('bounds the number of members and their size', async (test) => {
    const { extract } = await place(test);
    const two = rawTar(
      { name: 'a', content: 'x'.repeat(600) },
      { name: 'b', content: 'y'.repeat(600) },
    );
    await assert.rejects(extract(two, { maxFiles: 1 }), /more than 1 members/);
    const { extract: again } = await place(test);
    await assert.rejects(again(two, { maxBytes: 1000 }), /more than 1000 bytes/);
    const { extract: lying } = await place(test);
    const huge = rawTar({ name: 'a', statedSizeBytes: 2 ** 40 });
    await assert.rejects(lying(huge), /more than 1000000 bytes/);
  });

  it('names damage: truncation at every place, a flipped bit, a size that is no number', async (test) => {
    const archive = rawTar(
      { name: 'a', content: 'hello' },
      { name: 'b', content: 'x'.repeat(700) },
    );
    for (let length = 1; length < archive.length - 1024; length += 97) {
      const { extract } = await place(test);
      await assert.rejects(extract(archive.subarray(0, length)), { code: 'SOURCE_UNSAFE' });
    }
    const flipped = Buffer.from(archive);
    flipped[3] = 0x41;
    const { extract } = await place(test);
    await assert.rejects(extract(flipped), /wrong checksum/);
    await assert.rejects(extract(rawTar(paxMember({ size: '-1' }), { name: 'x' })), /invalid size/);
    await assert.rejects(
      extract(rawTar({ name: 'p', type: 'x', content: '99 path=x\n' })),
      /malformed/,
    );
  });

  it('keeps link texts, drops set-id bits, makes parents, and reports what it wrote', async (test) => {
    const { dest, extract } = await place(test);
    const archive = rawTar(
      { name: './bin/tool', content: '#!', mode: 0o4755 },
      { name: 'abs', type: '2', link: '/opt/elsewhere' },
      { name: 'up', type: '2', link: '../../x' },
      { name: 'hard', type: '1', link: 'bin/tool' },
      { name: 'dir/', type: '5', mode: 0o555 },
      { name: 'dir/in', content: 'i' },
    );
    const seen: string[] = [];
    const summary = await extract(archive, {
      withDigests: true,
      onEntry: (entry) =>
        seen.push(`${entry.kind} ${entry.path} ${entry.sha256?.slice(0, 6) ?? ''}`),
    });
    assert.deepEqual(summary, { fileCount: 3, directoryCount: 1, linkCount: 2, sizeBytes: 3 });
    assert.equal((await stat(join(dest, 'bin/tool'))).mode & 0o7777, 0o755);
    assert.equal(await readlink(join(dest, 'abs')), '/opt/elsewhere');
    assert.equal(await readlink(join(dest, 'up')), '../../x');
    assert.equal((await stat(join(dest, 'hard'))).ino, (await stat(join(dest, 'bin/tool'))).ino);
    assert.deepEqual(seen, [
      'file bin/tool 3612dd',
      'symlink abs ',
      'symlink up ',
      'hardlink hard ',
      'directory dir ',
      'file dir/in de7d1b',
    ]);
  });

  it('strips a single top directory, also one that holds its own name', async (test) => {
    const { dest, extract } = await place(test);
    const archive = rawTar(
      { name: 'p-1/p-1', content: 'inner' },
      { name: 'p-1/b/c', content: 'c' },
    );
    const summary = await extract(archive, { stripTopLevel: true });
    assert.equal(summary.strippedTopLevel, 'p-1');
    assert.deepEqual((await readdir(dest)).sort(), ['b', 'p-1']);
    assert.equal(await readFile(join(dest, 'p-1'), 'utf8'), 'inner');
  });

  it('strips nothing where two names are at the top, or a file', async (test) => {
    const first = await place(test);
    await first.extract(rawTar({ name: 'a/x' }, { name: 'b/y' }), { stripTopLevel: true });
    assert.deepEqual((await readdir(first.dest)).sort(), ['a', 'b']);
    const second = await place(test);
    const summary = await second.extract(rawTar({ name: 'only' }), { stripTopLevel: true });
    assert.equal(summary.strippedTopLevel, undefined);
  });

  it('filters, and changes the content of chosen files', async (test) => {
    const { dest, extract } = await place(test);
    const archive = rawTar(
      { name: 'keep', content: 'old old' },
      { name: 'drop', content: 'x' },
      { name: 'as-is', content: 'old' },
    );
    await extract(archive, {
      filter: (path) => path !== 'drop',
      transform: (path) =>
        path === 'keep'
          ? (bytes) => Buffer.from(bytes.toString().replaceAll('old', 'new!'))
          : undefined,
    });
    assert.deepEqual((await readdir(dest)).sort(), ['as-is', 'keep']);
    assert.equal(await readFile(join(dest, 'keep'), 'utf8'), 'new! new!');
    assert.equal(await readFile(join(dest, 'as-is'), 'utf8'), 'old');
  });

  it('stops when it is cancelled', async (test) => {
    const { extract } = await place(test);
    await assert.rejects(extract(rawTar({ name: 'a' }), { signal: { aborted: true } }), {
      code: 'CANCELLED',
    });
  });

  for (const format of ['gnu', 'pax', 'ustar', 'v7']) {
    it(`reads what GNU tar writes as ${format}`, async (test) => {
      const { root, dest, extract } = await place(test);
      const tree = join(root, 'tree');
      const name = format === 'v7' ? 'n' : `${'d'.repeat(70)}/${'e'.repeat(60)}`;
      await mkdir(join(tree, name), { recursive: true });
      await writeFile(join(tree, name, 'file'), 'content');
      await symlink('file', join(tree, name, 'link'));
      const archive = execFileSync('tar', ['cf', '-', `--format=${format}`, '-C', tree, '.']);
      await extract(archive);
      assert.equal(await readFile(join(dest, name, 'file'), 'utf8'), 'content');
      assert.equal(await readlink(join(dest, name, 'link')), 'file');
    });
  }
});
