/**
 * Facts of every ELF file of the machine, against `readelf -d -h -W`. Compared: needed libraries in order, soname,
 * rpath, runpath, machine, class, byte order, type.
 *
 * Not compared, and why: separate debug files keep the header of a dynamic segment whose bytes were left out; the
 * truth there is that nothing is known (readelf without sections would invent libraries). The kind of a shared
 * object is our own reading; only its type is compared. Files that readelf calls corrupt are listed by the test.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { BinarySlice } from '#wasm-inspect/host/report.ts';
import { inspectTreeSync } from '#wasm-inspect/host/tree.ts';
import { buildElf } from '../support/elf-builder.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const BATCH = 400;
const skip = spawnSync('readelf', ['--version']).status === 0 ? false : 'readelf is not installed';

interface Facts {
  readonly bits: string;
  readonly order: string;
  readonly type: string;
  readonly machine: number;
  readonly needed: readonly string[];
  readonly soname: string | null;
  readonly rpath: string | null;
  readonly runpath: string | null;
}

function readelf(files: readonly string[]): ReadonlyMap<string, Facts> {
  const facts = new Map<string, Facts>();
  for (let at = 0; at < files.length; at += BATCH) {
    const batch = files.slice(at, at + BATCH);
    // One file alone gets no heading.
    const { stdout } = spawnSync('readelf', ['-d', '-h', '-W', ...batch, '/dev/null'], {
      encoding: 'latin1',
      maxBuffer: 1 << 30,
      env: { LC_ALL: 'C' },
    });
    for (const part of stdout.split(/^File: /m).slice(1)) {
      const end = part.indexOf('\n');
      const file = part.slice(0, end);
      if (file !== '/dev/null') facts.set(file, parse(part.slice(end), file));
    }
  }
  return facts;
}

function parse(text: string, file: string): Facts {
  const all = (pattern: RegExp): readonly string[] =>
    [...text.matchAll(pattern)].map((match) => Buffer.from(match[1] ?? '', 'latin1').toString());
  const last = (pattern: RegExp): string | null => all(pattern).at(-1) ?? null;
  return {
    bits: last(/^ {2}Class:\s+ELF(\d+)$/gm) ?? '',
    order: (last(/^ {2}Data:.*(little|big) endian$/gm) ?? '').trim(),
    type: last(/^ {2}Type:\s+(\w+)/gm) ?? '',
    machine: machineOf(file),
    needed: all(/\(NEEDED\)\s+Shared library: \[(.*)\]$/gm),
    soname: last(/\(SONAME\)\s+Library soname: \[(.*)\]$/gm),
    rpath: last(/\(RPATH\)\s+Library rpath: \[(.*)\]$/gm),
    runpath: last(/\(RUNPATH\)\s+Library runpath: \[(.*)\]$/gm),
  };
}

// readelf prints names of machines that differ by its version; the number lies at a fixed place.
function machineOf(file: string): number {
  const head = Buffer.alloc(20);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, head, 0, 20, 0);
  } finally {
    closeSync(fd);
  }
  return head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
}

const types: Partial<Record<BinarySlice['kind'], string>> = {
  executable: 'EXEC',
  'shared-library': 'DYN',
  'static-pie': 'DYN',
  'dynamic-pie': 'DYN',
  object: 'REL',
  core: 'CORE',
  other: 'NONE',
  'kernel-module': 'REL',
};

function ours(slice: BinarySlice): Facts {
  return {
    bits: String(slice.bits),
    order: slice.byteOrder,
    type: types[slice.kind] ?? '',
    machine: slice.architecture.number,
    needed: slice.needed,
    soname: slice.soname,
    rpath: slice.rpath,
    runpath: slice.runpath,
  };
}

function compareTree(roots: readonly string[]): number {
  const inspector = createInspector();
  const slices = new Map<string, BinarySlice>();
  const problems: string[] = [];
  for (const root of roots) {
    for (const { path, report } of inspectTreeSync(inspector, root)) {
      if (report.kind === 'problem') problems.push(`${path}: ${report.finding.message}`);
      const [slice] = report.kind === 'binary' ? report.slices : [];
      if (slice !== undefined) slices.set(path, slice);
    }
  }
  assert.deepEqual(problems, []);
  const theirs = readelf([...slices.keys()]);
  for (const [path, slice] of slices) {
    if (!slice.debugOnly) assert.deepEqual(ours(slice), theirs.get(path), path);
  }
  return slices.size;
}

describe('facts of ELF files agree with readelf', { skip }, () => {
  it('for every library and program of the machine', () => {
    assert.ok(compareTree(['/usr/lib', '/usr/bin', '/usr/sbin']) > 100);
  });

  it('for built files of both widths and byte orders', async () => {
    await withTemporaryDirectory(async (root) => {
      for (const bits of [32, 64] as const) {
        for (const order of ['little', 'big'] as const) {
          const { bytes } = buildElf({
            bits,
            order,
            needed: ['libz.so', 'liba.so', 'libm.so'],
            soname: 'libé.so',
            rpath: '/a:/b',
            runpath: '$ORIGIN',
            machine: 22,
          });
          await writeFile(join(root, `lib${bits}${order}.so`), bytes);
        }
      }
      assert.equal(compareTree([root]), 4);
    });
  });

  it('for separate debug information, which has no libraries', async (context) => {
    if (spawnSync('objcopy', ['--version']).status !== 0) {
      context.diagnostic('objcopy is not installed: nothing compared');
      return;
    }
    await withTemporaryDirectory(async (root) => {
      await mkdir(join(root, 'debug'));
      const inspector = createInspector();
      for (const program of ['readelf', 'objcopy', 'cat']) {
        const source = execFileSync('which', [program], { encoding: 'utf8' }).trim();
        const target = join(root, 'debug', program);
        execFileSync('objcopy', ['--only-keep-debug', source, target]);
        const report = inspector.inspectFile(target);
        assert.equal(report.kind, 'binary', JSON.stringify(report));
        assert.deepEqual(report.slices[0]?.needed, []);
        assert.equal(report.slices[0]?.debugOnly, true);
      }
    });
  });
});
