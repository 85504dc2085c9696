import assert from 'node:assert/strict';
import { readFile, readdir, readlink, writeFile } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import {
  openCondaArchive,
  writeCondaArchive,
  writeTarBz2Archive,
} from '#workers/archive/conda-archive.ts';
import type { CondaArchiveInput } from '#workers/archive/conda-archive.ts';
import { readZipMembers } from '#workers/archive/zip-reader.ts';
import { openFileAccess } from '#workers/archive/file-access.ts';
import type { TarEntry } from '#workers/archive/tar-writer.ts';
import { StoredZipWriter } from '#workers/archive/zip-writer.ts';
import { rawTar } from '../../../support/tar-bytes.ts';
import type { RawMember } from '../../../support/tar-bytes.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const mtimeSeconds = 1_700_000_000;
const file = (path: string, text: string): TarEntry => ({
  path,
  kind: 'file',
  mode: 0o644,
  mtimeSeconds,
  content: { bytes: Buffer.from(text) },
});

function inputFor(path: string, level: number): CondaArchiveInput {
  return {
    path,
    stem: 'demo-1.0-h0_0',
    infoEntries: [file('info/about.json', '{}'), file('info/index.json', '{"name":"demo"}')],
    pkgEntries: [
      file('bin/tool', 'tool'),
      { path: 'lib', kind: 'symlink', mode: 0o777, mtimeSeconds, linkTarget: '../x' },
    ],
    level,
    timestampSeconds: mtimeSeconds,
  };
}

async function hostile(directory: string, pkg: readonly RawMember[]): Promise<string> {
  const path = join(directory, 'evil.conda');
  const zip = new StoredZipWriter(path, 0);
  zip.addBytes('metadata.json', Buffer.from('{"conda_pkg_format_version": 2}'));
  zip.addBytes('pkg-evil-1-0.tar.zst', zstdCompressSync(rawTar(...pkg)));
  zip.addBytes(
    'info-evil-1-0.tar.zst',
    zstdCompressSync(rawTar({ name: 'info/index.json', content: '{}' })),
  );
  zip.finish();
  return path;
}

const formats = [
  ['conda', writeCondaArchive, 19],
  ['tar-bz2', writeTarBz2Archive, 9],
] as const;

describe('packages', () => {
  for (const [format, write, level] of formats) {
    it(`of format ${format} are read back and are the same bytes each time`, async (test) => {
      const directory = await temporaryDirectory(test);
      const [first, second] = [join(directory, 'one'), join(directory, 'two')];
      const written = await write(inputFor(first, level));
      assert.deepEqual(await write(inputFor(second, level)), written);
      assert.ok((await readFile(first)).equals(await readFile(second)));
      assert.deepEqual((await readdir(directory)).sort(), ['one', 'two']);
      const archive = await openCondaArchive(first);
      assert.equal(archive.format, format);
      assert.equal((await archive.readInfoFile('index.json'))?.toString(), '{"name":"demo"}');
      assert.equal(await archive.readInfoFile('missing'), undefined);
      const both = await archive.readInfoFiles(['about.json', 'index.json', 'nope']);
      assert.deepEqual([...both.keys()].sort(), ['about.json', 'index.json']);
      const dest = join(directory, 'dest');
      await mkdir(dest);
      await archive.extractTo(dest);
      await archive.close();
      assert.deepEqual((await readdir(dest, { recursive: true })).sort(), [
        'bin',
        'bin/tool',
        'info',
        'info/about.json',
        'info/index.json',
        'lib',
      ]);
      assert.equal(await readlink(join(dest, 'lib')), '../x');
    });
  }

  it('have their members in the order of CEP 35', async (test) => {
    const path = join(await temporaryDirectory(test), 'x.conda');
    await writeCondaArchive(inputFor(path, 1));
    const access = await openFileAccess(path);
    const members = await readZipMembers(access);
    await access.close();
    assert.deepEqual(
      members.map((member) => member.name),
      ['metadata.json', 'pkg-demo-1.0-h0_0.tar.zst', 'info-demo-1.0-h0_0.tar.zst'],
    );
  });

  it('leave nothing behind when writing fails', async (test) => {
    const directory = await temporaryDirectory(test);
    for (const write of [writeCondaArchive, writeTarBz2Archive]) {
      const missing: TarEntry = {
        path: 'gone',
        kind: 'file',
        mode: 0o644,
        mtimeSeconds,
        content: { file: join(directory, 'gone'), sizeBytes: 1 },
      };
      const input = { ...inputFor(join(directory, 'x'), 1), pkgEntries: [missing] };
      await assert.rejects(write(input), /gone/);
      assert.deepEqual(await readdir(directory), []);
    }
  });

  it('learn their metadata after their files were seen', async (test) => {
    const path = join(await temporaryDirectory(test), 'x.conda');
    const seen: string[] = [];
    await writeCondaArchive({
      ...inputFor(path, 1),
      onFileBytes: (entry) => seen.push(entry.path),
      infoEntries: () => [file('info/seen', seen.join())],
    });
    const archive = await openCondaArchive(path);
    assert.equal((await archive.readInfoFile('seen'))?.toString(), 'bin/tool');
    await archive.close();
  });

  it('are refused when hostile, and write nothing outside', async (test) => {
    const directory = await temporaryDirectory(test);
    const path = await hostile(directory, [{ name: '../evil', content: 'x' }]);
    const archive = await openCondaArchive(path);
    const dest = join(directory, 'dest');
    await mkdir(dest);
    await assert.rejects(archive.extractTo(dest), { code: 'PACKAGE_INVALID' });
    await archive.close();
    assert.deepEqual((await readdir(directory)).sort(), ['dest', 'evil.conda']);
  });

  it('are bounded when they are unpacked', async (test) => {
    const directory = await temporaryDirectory(test);
    const path = await hostile(directory, [{ name: 'big', content: Buffer.alloc(3_000_000) }]);
    const archive = await openCondaArchive(path);
    const dest = join(directory, 'dest');
    await mkdir(dest);
    await assert.rejects(archive.extractTo(dest, { maxBytes: 1_000_000 }), /more than 9\d+ bytes/);
    await archive.close();
  });

  it('are refused when they are something else', async (test) => {
    const directory = await temporaryDirectory(test);
    const path = join(directory, 'x.conda');
    for (const bytes of ['', 'x', 'hello world', 'PK\u0003\u0004 nothing']) {
      await writeFile(path, bytes);
      await assert.rejects(openCondaArchive(path), { code: 'PACKAGE_INVALID' });
    }
    await assert.rejects(openCondaArchive(join(directory, 'missing')), { code: 'PACKAGE_INVALID' });
  });

  it('are refused without their two parts, or with another format version', async (test) => {
    const directory = await temporaryDirectory(test);
    const make = (name: string, members: Readonly<Record<string, string>>): string => {
      const zip = new StoredZipWriter(join(directory, name), 0);
      for (const [member, text] of Object.entries(members)) zip.addBytes(member, Buffer.from(text));
      zip.finish();
      return join(directory, name);
    };
    const parts = { 'pkg-a.tar.zst': '', 'info-a.tar.zst': '' };
    await assert.rejects(
      openCondaArchive(make('a', { 'pkg-a.tar.zst': '' })),
      /0 members named info-/,
    );
    await assert.rejects(
      openCondaArchive(make('b', { ...parts, 'pkg-b.tar.zst': '' })),
      /2 members named pkg-/,
    );
    const version = make('c', { 'metadata.json': '{"conda_pkg_format_version": 3}', ...parts });
    await assert.rejects(openCondaArchive(version), /format version 3/);
  });
});
