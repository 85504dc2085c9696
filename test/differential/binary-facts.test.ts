/**
 * Facts of every binary that is at hand, against readelf, llvm-readobj and llvm-objdump: the machine's own libraries and
 * programs, and real files for other systems from npm packages.
 *
 * Not compared, and why: separate debug files keep the header of a dynamic segment whose bytes were left out; the
 * truth there is that nothing is known (readelf without sections would invent libraries). Of a shared object only the
 * type is compared; that it is a program is our own reading.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { BinaryFormat, BinarySlice, TextPlace } from '#wasm-inspect/host/report.ts';
import { bytesOfText } from '#wasm-inspect/host/text.ts';
import { inspectTreeSync } from '#wasm-inspect/host/tree.ts';
import {
  llvmElfFacts,
  llvmMachOFacts,
  llvmPeFacts,
  ourElfFacts,
  ourMachOFacts,
  ourPeFacts,
  readelfFacts,
} from '../support/binary-oracles.ts';
import { missingDebianTools } from '../support/debian-tools.ts';
import { buildElf } from '../support/elf-builder.ts';
import { foreignBinaries } from '../support/foreign-binaries.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const ELF_MIN = 1500;
const MACH_O_SLICES_MIN = 40;
const PE_MIN = 60;

type Slices = ReadonlyMap<string, readonly BinarySlice[]>;

const found: Record<BinaryFormat, Map<string, readonly BinarySlice[]>> = {
  elf: new Map(),
  'mach-o': new Map(),
  pe: new Map(),
};

function only(slices: readonly BinarySlice[]): BinarySlice {
  const [slice] = slices;
  assert.ok(slice !== undefined && slices.length === 1);
  return slice;
}

const described = (slices: Slices): readonly (readonly [string, BinarySlice])[] =>
  [...slices]
    .map(([path, list]) => [path, only(list)] as const)
    .filter(([, slice]) => !slice.debugOnly);

function placedTexts(slice: BinarySlice): readonly (readonly [string, TextPlace])[] {
  const { places } = slice;
  const single = (['interpreter', 'soname', 'rpath', 'runpath'] as const).flatMap((key) => {
    const text = slice[key];
    const place = places[key];
    return text === null || place === null ? [] : [[text, place] as const];
  });
  const rpaths = slice.rpaths.flatMap((text, index) => {
    const place = places.rpaths[index];
    return place === undefined ? [] : [[text, place] as const];
  });
  return [
    ...single,
    ...rpaths,
    ...slice.dependencies.map(({ name, place }) => [name, place] as const),
  ];
}

describe('facts of binaries agree with those of other tools', {
  skip: missingDebianTools(),
}, () => {
  before(async () => {
    const inspector = createInspector();
    const root = join(import.meta.dirname, '../..');
    const roots = ['/usr/lib', '/usr/lib64', '/usr/libexec', '/usr/bin', '/usr/sbin'].map(
      (path) => {
        try {
          return realpathSync(path);
        } catch {
          return path;
        }
      },
    );
    const trees = [...new Set(roots), join(root, '.cache/venv'), await foreignBinaries()];
    const problems: string[] = [];
    for (const tree of trees) {
      for (const { path, report } of inspectTreeSync(inspector, tree)) {
        const isAbsent = report.kind === 'problem' && path === tree;
        if (report.kind === 'problem' && !isAbsent) {
          problems.push(`${path}: ${report.finding.message}`);
        }
        if (report.kind === 'binary') found[report.format].set(path, report.slices);
      }
    }
    assert.deepEqual(problems, []);
  });

  it('for ELF: readelf', () => {
    const files = described(found.elf);
    const theirs = readelfFacts(files.map(([path]) => path));
    for (const [path, slice] of files) assert.deepEqual(ourElfFacts(slice), theirs.get(path), path);
    process.stderr.write(`${files.length} ELF files agree with readelf\n`);
    assert.ok(files.length >= ELF_MIN, `${files.length} ELF files`);
  });

  it('for ELF: llvm-readobj', () => {
    const files = described(found.elf);
    const theirs = llvmElfFacts(files.map(([path]) => path));
    for (const [path, slice] of files) assert.deepEqual(ourElfFacts(slice), theirs.get(path), path);
    process.stderr.write(`${files.length} ELF files agree with llvm-readobj\n`);
  });

  it('for Mach-O: llvm-objdump', () => {
    let count = 0;
    for (const [path, slices] of found['mach-o']) {
      assert.deepEqual(slices.map(ourMachOFacts), llvmMachOFacts(path), path);
      count += slices.length;
    }
    process.stderr.write(
      `${count} Mach-O slices of ${found['mach-o'].size} files agree with llvm-objdump\n`,
    );
    assert.ok(count >= MACH_O_SLICES_MIN, `${count} slices`);
  });

  it('for PE: llvm-readobj and llvm-objdump', () => {
    const files = described(found.pe);
    const theirs = llvmPeFacts(files.map(([path]) => path));
    for (const [path, slice] of files) assert.deepEqual(ourPeFacts(slice), theirs.get(path), path);
    process.stderr.write(`${files.length} PE files agree with llvm-readobj\n`);
    assert.ok(files.length >= PE_MIN, `${files.length} PE files`);
  });

  it('and the places of texts hold them', () => {
    let count = 0;
    for (const files of Object.values(found)) {
      for (const [path, slices] of files) {
        const fd = openSync(path, 'r');
        try {
          for (const [text, place] of slices.flatMap(placedTexts)) {
            const wanted = Buffer.concat([bytesOfText(text), Buffer.of(0)]);
            const there = Buffer.alloc(wanted.length);
            readSync(fd, there, 0, there.length, place.offset);
            assert.ok(there.equals(wanted), `${path}: ${text}`);
            assert.ok(place.capacity >= wanted.length);
            count += 1;
          }
        } finally {
          closeSync(fd);
        }
      }
    }
    process.stderr.write(`${count} texts are where their places say\n`);
  });

  it('for ELF files of both widths and byte orders with odd names, written byte by byte', async () => {
    await withTemporaryDirectory(async (directory) => {
      const inspector = createInspector();
      for (const bits of [32, 64] as const) {
        for (const order of ['little', 'big'] as const) {
          const { bytes } = buildElf({
            bits,
            order,
            needed: ['libz.so', 'liba.so', 'libm.so', 'libz.so'],
            auxiliary: 'libx.so',
            soname: 'libé.so',
            rpath: '/a:/b',
            runpath: '$ORIGIN',
            machine: 22,
          });
          const path = join(directory, `lib${bits}${order}.so`);
          await writeFile(path, bytes);
          const report = inspector.inspectFile(path);
          assert.ok(report.kind === 'binary');
          assert.deepEqual(ourElfFacts(only(report.slices)), readelfFacts([path]).get(path));
        }
      }
    });
  });
});
