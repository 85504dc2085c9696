import assert from 'node:assert/strict';
import { chmod, link, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Finding } from '#proto/link-report.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { BinarySlice } from '#wasm-inspect/host/report.ts';
import { findElfBinaries } from '#workers/linking/elf-binaries.ts';
import { relinkElf } from '#workers/linking/relink-elf.ts';
import { buildElf, type ElfDescription } from '../../../support/elf-builder.ts';
import { dynamicLinking } from '../../../support/linking.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const inspector = createInspector();
const prefix = '/rattler-build_zlink/host_env_placehold';
const needed = ['libz.so.1', 'libc.so.6'];

interface Outcome {
  readonly slice: BinarySlice;
  readonly findings: readonly Finding[];
  readonly bytes: Buffer;
}

interface Setting {
  readonly targetPlatform?: string;
  readonly rpaths?: readonly string[];
  readonly mode?: number;
  readonly searchPath?: readonly string[];
}

async function relink(description: ElfDescription, setting: Setting = {}): Promise<Outcome> {
  return withTemporaryDirectory(async (root) => {
    const path = 'bin/zlink';
    await mkdir(join(root, 'bin'));
    const file = join(root, path);
    await writeFile(file, buildElf({ needed, ...description }).bytes);
    const mode = setting.mode ?? 0o755;
    await chmod(file, mode);
    await link(file, join(root, 'linked'));
    const before = await readFile(file);
    const { binaries } = await findElfBinaries({ root, files: [path], inspector });
    const findings = await relinkElf({
      root,
      prefix,
      targetPlatform: setting.targetPlatform ?? 'linux-64',
      dynamicLinking: dynamicLinking({
        rpaths: setting.rpaths ?? [],
        rpath_allowlist: ['/usr/lib/custom**'],
      }),
      binaries,
      inspector,
      searchPath: setting.searchPath ?? [],
    });
    const report = inspector.inspectFile(file);
    assert.equal(report.kind, 'binary');
    const [slice] = report.slices;
    assert.ok(slice);
    assert.equal((await stat(file)).mode & 0o7777, mode);
    assert.deepEqual(await readdir(join(root, 'bin')), ['zlink']);
    assert.ok(
      (await readFile(join(root, 'linked'))).equals(before),
      'the other name keeps the old content',
    );
    return { slice, findings, bytes: await readFile(file) };
  });
}

describe('relinking an ELF file', () => {
  const built = `${prefix}/lib:/rattler-build_zlink/build_env/lib:/usr/lib/custom_lib`;

  for (const bits of [32, 64] as const) {
    for (const order of ['little', 'big'] as const) {
      it(`overwrites an rpath in place (${bits} bit, ${order} endian)`, async () => {
        const { slice, bytes } = await relink({ bits, order, rpath: built });
        assert.equal(slice.rpath, '$ORIGIN/../lib:/usr/lib/custom_lib');
        assert.equal(slice.runpath, null);
        assert.deepEqual(slice.needed, needed);
        assert.equal(bytes.includes('host_env_placehold'), false);
        assert.equal(bytes.includes('build_env'), false);
      });

      it(`turns a runpath into an rpath on Linux (${bits} bit, ${order} endian)`, async () => {
        const { slice, bytes } = await relink({ bits, order, runpath: built });
        assert.equal(slice.rpath, '$ORIGIN/../lib:/usr/lib/custom_lib');
        assert.equal(slice.runpath, null);
        assert.equal(bytes.includes('placehold'), false);
      });

      it(`makes one of an rpath and a runpath (${bits} bit, ${order} endian)`, async () => {
        const { slice, bytes } = await relink({
          bits,
          order,
          rpath: `${prefix}/lib`,
          runpath: `${prefix}/lib:${prefix}/lib/private`,
        });
        assert.equal(slice.rpath, '$ORIGIN/../lib:$ORIGIN/../lib/private');
        assert.equal(slice.runpath, null);
        assert.equal(bytes.includes('placehold'), false);
      });
    }
  }

  it('makes one of an rpath and a runpath that share their text', async () => {
    const { slice, bytes } = await relink({ rpath: `${prefix}/lib`, runpath: `${prefix}/lib` });
    assert.equal(slice.rpath, '$ORIGIN/../lib');
    assert.equal(slice.runpath, null);
    assert.equal(bytes.includes('placehold'), false);
  });

  it('uses a runpath on Android', async () => {
    const platform = { targetPlatform: 'android-aarch64' };
    const fromRpath = await relink({ rpath: `${prefix}/lib` }, platform);
    assert.equal(fromRpath.slice.runpath, '$ORIGIN/../lib');
    assert.equal(fromRpath.slice.rpath, null);
    const fromRunpath = await relink({ runpath: `${prefix}/lib` }, platform);
    assert.equal(fromRunpath.slice.runpath, '$ORIGIN/../lib');
  });

  it('keeps the mode of a file that nobody may write, and of one that sets the user', async () => {
    const { slice } = await relink({ rpath: `${prefix}/lib` }, { mode: 0o555 });
    assert.equal(slice.rpath, '$ORIGIN/../lib');
    await relink({ rpath: `${prefix}/lib` }, { mode: 0o4755 });
  });

  it('tells which run paths were dropped and how to keep them', async () => {
    const { findings } = await relink({
      rpath: `${prefix}/lib:/rattler-build_zlink/build_env/lib`,
    });
    assert.deepEqual(
      findings.map(({ kind, severity, binary, remedy }) => [kind, severity, binary, remedy]),
      [
        [
          'rpath-dropped',
          'info',
          'bin/zlink',
          'build.dynamic_linking.rpath_allowlist: - /rattler-build_zlink/build_env/lib',
        ],
      ],
    );
  });

  it('changes nothing where nothing is to be changed', async () => {
    const description = { rpath: '$ORIGIN/../lib' };
    const { bytes } = await relink(description);
    assert.ok(bytes.equals(buildElf({ needed, ...description }).bytes));
    const isStatic = { isStatic: true, type: 2 };
    assert.ok((await relink(isStatic)).bytes.equals(buildElf({ needed, ...isStatic }).bytes));
    const alone = { needed: [] };
    assert.ok((await relink(alone)).bytes.equals(buildElf(alone).bytes));
  });

  it('says what to do when patchelf is missing', async () => {
    await assert.rejects(relink({}), {
      code: 'RELINK_FAILED',
      message:
        /bin\/zlink must get the run path \$ORIGIN\/\.\.\/lib, the file has no run path to overwrite and no room for one, and patchelf is neither .* add patchelf to requirements\.build/,
    });
    await assert.rejects(relink({ rpath: '/x' }), {
      code: 'RELINK_FAILED',
      message: /the text fits neither/,
    });
  });

  it('asks the first patchelf of the search path when there is no room', async () => {
    await withTemporaryDirectory(async (directory) => {
      const log = join(directory, 'log');
      for (const [name, status] of [
        ['first', 0],
        ['second', 1],
      ] as const) {
        await mkdir(join(directory, name));
        const program = join(directory, name, 'patchelf');
        await writeFile(program, `#!/bin/sh\necho "${name} $1 $2 $3" >>'${log}'\nexit ${status}\n`);
        await chmod(program, 0o755);
      }
      const empty = join(directory, 'empty');
      const first = join(directory, 'first');
      const second = join(directory, 'second');
      await relink({ rpath: '/x' }, { searchPath: [empty, first, second] });
      assert.equal(await readFile(log, 'utf8'), 'first --force-rpath --set-rpath $ORIGIN/../lib\n');
      await assert.rejects(relink({ rpath: '/x' }, { searchPath: [second] }), {
        code: 'RELINK_FAILED',
      });
    });
  });
});
