import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tarSizeBytes, writeTar } from '#workers/archive/tar-writer.ts';
import type { TarEntry } from '#workers/archive/tar-writer.ts';
import { tarOf } from '../../../support/tar-bytes.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const mtimeSeconds = 1_700_000_000;
const file = (path: string, text: string, mode = 0o644): TarEntry => ({
  path,
  kind: 'file',
  mode,
  mtimeSeconds,
  content: { bytes: Buffer.from(text) },
});
const link = (path: string, linkTarget: string): TarEntry => ({
  path,
  kind: 'symlink',
  mode: 0o777,
  mtimeSeconds,
  linkTarget,
});

describe('writeTar', () => {
  it('writes what GNU tar reads: names, links, modes and times', async (test) => {
    const directory = await temporaryDirectory(test);
    const long = `${'deep/'.repeat(60)}file-ü`;
    const entries = [
      file('a', 'hello', 0o755),
      { path: 'empty', kind: 'directory', mode: 0o755, mtimeSeconds } as const,
      link('l', 'x'.repeat(180)),
      file(long, 'far'),
    ];
    await writeFile(join(directory, 'x.tar'), await tarOf(entries));
    execFileSync('tar', ['xf', 'x.tar'], { cwd: directory });
    assert.equal(await readFile(join(directory, 'a'), 'utf8'), 'hello');
    assert.equal(await readFile(join(directory, long), 'utf8'), 'far');
    assert.equal(await readlink(join(directory, 'l')), 'x'.repeat(180));
    const found = await stat(join(directory, 'a'));
    assert.deepEqual([found.mode & 0o777, found.mtimeMs], [0o755, mtimeSeconds * 1000]);
    assert.ok((await stat(join(directory, 'empty'))).isDirectory());
  });

  it('gives the same bytes for a file and for its content, and the size that was announced', async (test) => {
    const directory = await temporaryDirectory(test);
    const content = Buffer.alloc(3_000_001, 'abc');
    const path = join(directory, 'f');
    await writeFile(path, content);
    const common = { path: 'f', kind: 'file', mode: 0o644, mtimeSeconds } as const;
    const fromMemory = [{ ...common, content: { bytes: content } }, link('z', 'f')];
    const fromDisk = [
      { ...common, content: { file: path, sizeBytes: content.length } },
      link('z', 'f'),
    ];
    const archive = await tarOf(fromMemory);
    assert.ok(archive.equals(await tarOf(fromDisk)));
    assert.equal(archive.length, tarSizeBytes(fromMemory));
  });

  it('shows every byte of every file to the tap', async (test) => {
    const directory = await temporaryDirectory(test);
    const big = Buffer.alloc(2_500_000, 'xyz');
    await writeFile(join(directory, 'big'), big);
    await writeFile(join(directory, 'none'), '');
    const entries: TarEntry[] = ['big', 'none'].map((path) => ({
      path,
      kind: 'file',
      mode: 0o644,
      mtimeSeconds,
      content: { file: join(directory, path), sizeBytes: path === 'big' ? big.length : 0 },
    }));
    const seen: string[] = [];
    let hash = createHash('sha256');
    const onFileBytes = (entry: TarEntry, chunk: Buffer, isLast: boolean): void => {
      hash.update(chunk);
      if (!isLast) return;
      seen.push(`${entry.path} ${hash.digest('hex')}`);
      hash = createHash('sha256');
    };
    await writeTar(entries, { write: () => undefined }, { onFileBytes });
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    assert.deepEqual(seen, [`big ${sha256(big)}`, `none ${sha256(Buffer.alloc(0))}`]);
  });

  for (const [what, stated] of [
    ['grew', 99],
    ['shrank', 101],
  ] as const) {
    it(`fails when a file ${what} since it was listed`, async (test) => {
      const directory = await temporaryDirectory(test);
      const path = join(directory, 'f');
      await writeFile(path, Buffer.alloc(100));
      const entry: TarEntry = {
        path: 'f',
        kind: 'file',
        mode: 0o644,
        mtimeSeconds,
        content: { file: path, sizeBytes: stated },
      };
      await assert.rejects(tarOf([entry]), /changed its size while it was archived/);
    });
  }

  it('passes a failure of the sink on', async () => {
    const write = () => Promise.reject(new Error('disk gone'));
    const entries = [file('a', 'x'.repeat(3_000_000)), file('b', 'y')];
    await assert.rejects(writeTar(entries, { write }), /disk gone/);
  });

  it('writes sizes over 8 GiB and times before 1970 in base-256', async () => {
    const { decodeHeader, encodeHeader } = await import('#workers/archive/tar-format.ts');
    const header = Buffer.alloc(512);
    const fields = {
      name: Buffer.from('n'),
      mode: 0o644,
      sizeBytes: 9 * 1024 ** 3,
      mtimeSeconds: -5,
      type: '0',
    };
    encodeHeader(header, 0, fields);
    const read = decodeHeader(header);
    assert.ok(typeof read !== 'string');
    assert.deepEqual([read.sizeBytes, read.mtimeSeconds], [9 * 1024 ** 3, -5]);
  });
});
