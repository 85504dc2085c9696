import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { readInstalledPackages } from '#workers/linking/installed-packages.ts';
import { captureLibraryMap } from '#workers/linking/library-map.ts';
import { prefixResolver } from '#workers/linking/prefix-resolver.ts';
import { buildElf } from '../../../support/elf-builder.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const inspector = createInspector();

interface Installed {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
}

async function install(prefix: string, owner: Installed): Promise<void> {
  await mkdir(join(prefix, 'conda-meta'), { recursive: true });
  const record = { ...owner, build: 'h1_0', paths_data: {} };
  await writeFile(
    join(prefix, `conda-meta/${owner.name}-${owner.version}-h1_0.json`),
    JSON.stringify(record),
  );
}

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

describe('the library map', () => {
  it('holds every library of both environments with its package, nature and soname', async () => {
    await withTemporaryDirectory(async (root) => {
      const hostPrefix = join(root, 'host');
      const buildPrefix = join(root, 'build');
      await install(hostPrefix, {
        name: 'libz',
        version: '1.3',
        files: ['include/zlib.h', 'lib/libz.so.1.3', 'lib/libz.so.1', 'lib/libz.so'],
      });
      await put(join(hostPrefix, 'lib/libz.so.1.3'), buildElf({ soname: 'libz.so.1' }).bytes);
      await symlink('libz.so.1.3', join(hostPrefix, 'lib/libz.so.1'));
      await put(join(hostPrefix, 'lib/libz.so'), 'INPUT(libz.so.1)');
      await install(hostPrefix, { name: 'make', version: '4', files: ['bin/make'] });
      await install(buildPrefix, { name: 'libgcc', version: '15', files: ['lib/libgcc_s.so.1'] });
      await put(join(buildPrefix, 'lib/libgcc_s.so.1'), buildElf({}).bytes);
      const sysroot = 'x86_64-conda-linux-gnu/sysroot/lib64';
      await install(buildPrefix, {
        name: 'sysroot_linux-64',
        version: '2.17',
        files: [`${sysroot}/libc.so.6`, `${sysroot}/libm.soft`, `${sysroot}/crt1.o`],
      });
      const map = await captureLibraryMap({ hostPrefix, buildPrefix, inspector });
      assert.equal(map.version, 2);
      assert.equal(map.hasSysroot, true);
      assert.deepEqual(
        map.entries.map((entry) => [entry.path, entry.package, entry.from, entry.soname ?? '-']),
        [
          ['lib/libgcc_s.so.1', 'libgcc', 'build', '-'],
          ['lib/libz.so', 'libz', 'host', '-'],
          ['lib/libz.so.1', 'libz', 'host', 'libz.so.1'],
          ['lib/libz.so.1.3', 'libz', 'host', 'libz.so.1'],
          [`${sysroot}/libc.so.6`, 'sysroot_linux-64', 'sysroot', '-'],
          [`${sysroot}/libm.soft`, 'sysroot_linux-64', 'sysroot', '-'],
        ],
      );
      const entry = map.entries.find(({ path }) => path === 'lib/libz.so.1');
      assert.deepEqual(entry, {
        fileName: 'libz.so.1',
        path: 'lib/libz.so.1',
        soname: 'libz.so.1',
        package: 'libz',
        version: '1.3',
        build: 'h1_0',
        nature: 'dso-library',
        from: 'host',
      });
    });
  });

  it('is empty for empty environments, and knows no sysroot then', async () => {
    await withTemporaryDirectory(async (root) => {
      const map = await captureLibraryMap({ hostPrefix: root, buildPrefix: null, inspector });
      assert.deepEqual(map, { version: 2, entries: [], hasSysroot: false });
    });
  });

  it('is refused when a package record can not be read', async () => {
    await withTemporaryDirectory(async (root) => {
      await put(join(root, 'conda-meta/broken-1-0.json'), '{"name": "broken"');
      await assert.rejects(captureLibraryMap({ hostPrefix: root, buildPrefix: null, inspector }), {
        code: 'ENV_INSTALL_FAILED',
        message: /conda-meta\/broken-1-0\.json/,
      });
      await put(join(root, 'conda-meta/broken-1-0.json'), '{"name": "x", "version": 1}');
      await assert.rejects(readInstalledPackages(root), { message: /version is no text/ });
    });
  });
});

describe('installed packages', () => {
  it('are sorted by name, and other files of conda-meta are left alone', async () => {
    await withTemporaryDirectory(async (root) => {
      for (const name of ['b', 'a', 'B']) await install(root, { name, version: '1', files: [] });
      await put(join(root, 'conda-meta/history'), 'text');
      const packages = await readInstalledPackages(root);
      assert.deepEqual(
        packages.map(({ name }) => name),
        ['B', 'a', 'b'],
      );
    });
  });
});

describe('paths of a prefix', () => {
  it('lead where their links lead, unless that is outside or nowhere', async () => {
    await withTemporaryDirectory(async (root) => {
      await put(join(root, 'p/lib/libz.so.1.3'), '');
      await put(join(root, 'outside.so'), '');
      await symlink('libz.so.1.3', join(root, 'p/lib/libz.so.1'));
      await symlink('../../outside.so', join(root, 'p/lib/out.so'));
      await symlink('gone', join(root, 'p/lib/broken.so'));
      const resolve = prefixResolver(join(root, 'p'));
      assert.equal(resolve('lib/libz.so.1'), 'lib/libz.so.1.3');
      assert.equal(resolve('lib/libz.so.1.3'), 'lib/libz.so.1.3');
      assert.equal(resolve('lib/out.so'), undefined);
      assert.equal(resolve('../outside.so'), undefined);
      assert.equal(resolve('lib/broken.so'), undefined);
      assert.equal(resolve('lib/absent.so'), undefined);
    });
  });
});
