/**
 * Relinked programs really run: compiled with the machine's own compiler, relinked without patchelf, moved to another
 * prefix, and started there.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { BinarySlice } from '#wasm-inspect/host/report.ts';
import { findElfBinaries } from '#workers/linking/elf-binaries.ts';
import { relinkElf } from '#workers/linking/relink-elf.ts';
import { dynamicLinking } from '../support/linking.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const inspector = createInspector();
const isLinux = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
const skip = isLinux ? false : 'needs a C compiler on Linux';

interface Sources {
  readonly library: string;
  readonly program: string;
  /** Flags of the program's and of the library's link step; PREFIX is replaced. */
  readonly flags: readonly string[];
}

interface Relinked {
  readonly status: number | null;
  readonly stderr: string;
  readonly slices: readonly BinarySlice[];
}

const files = ['bin/program', 'lib/libx.so.1'];

async function compileRelinkRun(sources: Sources): Promise<Relinked> {
  return withTemporaryDirectory(async (root) => {
    const prefix = join(root, 'a-place-to-build-in-with-a-long-name');
    for (const folder of ['bin', 'lib', 'src']) {
      await mkdir(join(prefix, folder), { recursive: true });
    }
    const flags = sources.flags.map((flag) => flag.replaceAll('PREFIX', prefix));
    await writeFile(join(prefix, 'src/x.c'), sources.library);
    await writeFile(join(prefix, 'src/p.c'), sources.program);
    // A library can't be at a fixed address.
    const cc = (words: readonly string[]): unknown =>
      execFileSync(
        'cc',
        [...words, ...flags.filter((flag) => flag !== '-no-pie' || !words.includes('-shared'))],
        { cwd: prefix },
      );
    cc(['-shared', '-fPIC', 'src/x.c', '-o', 'lib/libx.so.1', '-Wl,-soname,libx.so.1']);
    cc(['src/p.c', 'lib/libx.so.1', '-o', 'bin/program']);
    const { binaries } = await findElfBinaries({ root: prefix, files, inspector });
    await relinkElf({
      root: prefix,
      prefix,
      targetPlatform: 'linux-64',
      dynamicLinking: dynamicLinking(),
      binaries,
      inspector,
      searchPath: [],
    });
    const moved = join(root, 'm');
    await rename(prefix, moved);
    const after = await findElfBinaries({ root: moved, files, inspector });
    const { status, stderr } = spawnSync(join(moved, 'bin/program'), {
      encoding: 'utf8',
      env: { LD_BIND_NOW: '1' },
    });
    return { status, stderr, slices: after.binaries.map(({ slice }) => slice) };
  });
}

// Symbols that end as the run path does: linkers store them in its tail.
const library =
  'int b = 2; int ib = 3; int getpid(void); int lib(void) { return b + ib + (getpid() < 0); }';
const program =
  'extern int lib(void); extern int b; int main(void) { return lib() * b == 10 ? 7 : 1; }';

describe('a relinked program', { skip }, () => {
  for (const [title, flags] of [
    ['with an rpath', ['-Wl,--disable-new-dtags', '-Wl,-rpath,PREFIX/lib']],
    ['with a runpath', ['-Wl,--enable-new-dtags', '-Wl,-rpath,PREFIX/lib']],
    ['with a run path that is too short', ['-Wl,-rpath,/x']],
    ['without any run path', []],
    ['without separate code segments', ['-Wl,-z,noseparate-code']],
    ['at a fixed address', ['-no-pie']],
  ] as const) {
    it(`${title} runs in another prefix`, async () => {
      const { status, stderr, slices } = await compileRelinkRun({ library, program, flags });
      assert.equal(status, 7, stderr);
      assert.deepEqual(
        slices.map(({ rpath, runpath }) => [rpath, runpath]),
        [
          ['$ORIGIN/../lib', null],
          ['$ORIGIN', null],
        ],
      );
    });
  }
});

describe('a relinked library', { skip }, () => {
  it('keeps symbols that live in the end of its old run path', async () => {
    const { status, slices } = await compileRelinkRun({
      library,
      program,
      flags: ['-Wl,-rpath,PREFIX/lib'],
    });
    assert.equal(status, 7);
    assert.deepEqual(slices[1]?.needed, ['libc.so.6']);
  });
});
