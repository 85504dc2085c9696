/**
 * Golden facts of binaries that compilers and linkers make here: ELF for many machines, Mach-O and PE without any SDK.
 * What the linker was told is what the report must say; the facts are compared with the other tools' besides.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { BinarySlice } from '#wasm-inspect/host/report.ts';
import {
  llvmElfFacts,
  llvmMachOFacts,
  llvmPeFacts,
  ourElfFacts,
  ourMachOFacts,
  ourPeFacts,
  readelfFacts,
} from '../support/binary-oracles.ts';
import { checkReport, mutantOf } from '../support/binary-mutants.ts';
import { missingDebianTools } from '../support/debian-tools.ts';

const LIB_SYSTEM = `--- !tapi-tbd
tbd-version:     4
targets:         [ x86_64-macos, arm64-macos ]
install-name:    '/usr/lib/libSystem.B.dylib'
current-version: 1336
exports:
  - targets:     [ x86_64-macos, arm64-macos ]
    symbols:     [ _puts, _exit, dyld_stub_binder ]
...
`;

/** Target, name of the machine, its number, bits, variant, e.g. `x32`. */
const MACHINES: readonly (readonly [string, string, number, 32 | 64, 'little' | 'big', string?])[] =
  [
    ['x86_64-linux-gnu', 'x86_64', 62, 64, 'little'],
    ['x86_64-linux-gnux32', 'x86_64', 62, 32, 'little', 'x32'],
    ['i386-linux-gnu', 'i386', 3, 32, 'little'],
    ['aarch64-linux-gnu', 'aarch64', 183, 64, 'little'],
    ['aarch64_be-linux-gnu', 'aarch64', 183, 64, 'big'],
    ['arm-linux-gnueabihf', 'arm', 40, 32, 'little'],
    ['armeb-linux-gnueabi', 'arm', 40, 32, 'big'],
    ['mips-linux-gnu', 'mips', 8, 32, 'big'],
    ['mipsel-linux-gnu', 'mips', 8, 32, 'little'],
    ['mips64-linux-gnuabi64', 'mips', 8, 64, 'big'],
    ['mips64-linux-gnuabin32', 'mips', 8, 32, 'big', 'n32'],
    ['powerpc-linux-gnu', 'ppc', 20, 32, 'big'],
    ['powerpc64-linux-gnu', 'ppc64', 21, 64, 'big'],
    ['powerpc64le-linux-gnu', 'ppc64', 21, 64, 'little'],
    ['riscv32-linux-gnu', 'riscv', 243, 32, 'little'],
    ['riscv64-linux-gnu', 'riscv', 243, 64, 'little'],
    ['s390x-linux-gnu', 's390', 22, 64, 'big'],
    ['sparcv9-linux-gnu', 'sparcv9', 43, 64, 'big'],
    ['loongarch64-linux-gnu', 'loongarch', 258, 64, 'little'],
    ['hexagon-linux-musl', 'hexagon', 164, 32, 'little'],
  ];

const MUTANTS_EACH = 200;

let root = '';
const inspector = createInspector();
const at = (name: string): string => join(root, name);
const run = (program: string, ...words: readonly string[]): void => {
  execFileSync(program, words, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
};

function slicesOf(name: string): readonly BinarySlice[] {
  const report = inspector.inspectFile(at(name));
  assert.equal(report.kind, 'binary', `${name}: ${JSON.stringify(report)}`);
  return report.slices;
}

function sliceOf(name: string): BinarySlice {
  const [slice] = slicesOf(name);
  assert.ok(slice);
  return slice;
}

function checkElf(name: string): BinarySlice {
  const slice = sliceOf(name);
  assert.deepEqual(ourElfFacts(slice), readelfFacts([at(name)]).get(at(name)));
  assert.deepEqual(ourElfFacts(slice), llvmElfFacts([at(name)]).get(at(name)));
  return slice;
}

function checkMachO(name: string): readonly BinarySlice[] {
  const slices = slicesOf(name);
  assert.deepEqual(slices.map(ourMachOFacts), llvmMachOFacts(at(name)));
  return slices;
}

function checkPe(name: string): BinarySlice {
  const slice = sliceOf(name);
  assert.deepEqual(ourPeFacts(slice), llvmPeFacts([at(name)]).get(at(name)));
  return slice;
}

const libraries = (slice: BinarySlice): readonly string[] =>
  slice.dependencies.map(({ kind, name }) => `${kind} ${name}`);

describe('facts of linked binaries are what the linker was told', {
  skip: missingDebianTools(),
}, () => {
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'stageyard-linked-'));
    writeFileSync(at('one.c'), 'int one(void) { return 1; }\n');
    writeFileSync(at('main.c'), 'int one(void);\nint main(void) { return one(); }\n');
    writeFileSync(at('libSystem.tbd'), LIB_SYSTEM);
  });
  after(() => rm(root, { recursive: true, force: true }));

  for (const [target, name, number, bits, order, variant = null] of MACHINES) {
    it(`ELF for ${target}`, () => {
      const compile = ['--target=' + target, '-ffreestanding', '-fPIC', '-c'];
      run('clang-19', ...compile, 'one.c', '-o', `${target}.o`);
      run('ld.lld-19', '-shared', `${target}.o`, '-soname', 'libone.so.1', '-o', `${target}.so`);
      run(
        'ld.lld-19',
        '-shared',
        '--no-as-needed',
        `${target}.o`,
        `${target}.so`,
        '-rpath',
        '$ORIGIN/../lib',
        '--filter=libf.so',
        '--auxiliary=liba.so',
        '-o',
        `${target}-user.so`,
      );
      const { kind, architecture, ...object } = checkElf(`${target}.o`);
      assert.equal(kind, 'object');
      assert.deepEqual(
        [architecture.name, architecture.number, architecture.variant],
        [name, number, variant],
      );
      assert.deepEqual([object.bits, object.byteOrder], [bits, order]);
      const library = checkElf(`${target}.so`);
      assert.deepEqual([library.kind, library.soname], ['shared-library', 'libone.so.1']);
      const user = checkElf(`${target}-user.so`);
      assert.deepEqual(user.needed, ['libone.so.1']);
      assert.deepEqual(libraries(user).toSorted(), [
        'auxiliary liba.so',
        'filter libf.so',
        'needed libone.so.1',
      ]);
      assert.equal(user.runpath, '$ORIGIN/../lib');
    });
  }

  it('ELF programs, position independent or not, dynamic or static', () => {
    const object = 'x86_64-linux-gnu.o';
    const loader = ['--dynamic-linker=/lib/ld.so', '-e', 'one'];
    run('ld.lld-19', object, 'x86_64-linux-gnu.so', '--no-pie', ...loader, '-o', 'fixed');
    run('ld.lld-19', object, 'x86_64-linux-gnu.so', '-pie', ...loader, '-o', 'moving');
    run('ld.lld-19', object, '-pie', '--no-dynamic-linker', '-e', 'one', '-o', 'static-pie');
    run('ld.lld-19', object, '-static', '-e', 'one', '-o', 'static');
    assert.equal(checkElf('fixed').kind, 'executable');
    assert.equal(checkElf('moving').kind, 'dynamic-pie');
    assert.equal(checkElf('moving').interpreter, '/lib/ld.so');
    assert.equal(checkElf('static-pie').kind, 'static-pie');
    assert.equal(checkElf('static').kind, 'executable');
  });

  it('ELF kernel modules and debug companions', () => {
    writeFileSync(
      at('module.c'),
      [
        '__attribute__((section(".modinfo"))) const char info[] = "license=GPL";',
        '__attribute__((section(".gnu.linkonce.this_module"))) char module[64];',
        'int init_module(void) { return 0; }',
        '',
      ].join('\n'),
    );
    run('clang-19', '-ffreestanding', '-c', 'module.c', '-o', 'part.o');
    run('ld.lld-19', '-r', 'part.o', '-o', 'module.ko');
    assert.equal(checkElf('module.ko').kind, 'kernel-module');
    run('clang-19', '-g', '-ffreestanding', '-fPIC', '-c', 'one.c', '-o', 'debug.o');
    run(
      'ld.lld-19',
      '-shared',
      'debug.o',
      'x86_64-linux-gnu.so',
      '-soname',
      'libd.so',
      '-o',
      'libd.so',
    );
    run('ld.lld-19', '-static', '-e', 'one', 'debug.o', '-o', 'debug-static');
    for (const tool of ['llvm-objcopy-19', 'objcopy']) {
      for (const source of ['libd.so', 'debug-static']) {
        run(tool, '--only-keep-debug', source, 'only.debug');
        const slice = sliceOf('only.debug');
        assert.equal(slice.kind, 'debug-companion', `${tool} ${source}`);
        assert.deepEqual([slice.dependencies, slice.soname, slice.dynamic], [[], null, false]);
      }
    }
  });

  it('ELF without a section table', () => {
    run('llvm-objcopy-19', '--strip-sections', 'x86_64-linux-gnu-user.so', 'bare.so');
    const slice = sliceOf('bare.so');
    assert.deepEqual(slice.needed, ['libone.so.1']);
    assert.equal(slice.runpath, '$ORIGIN/../lib');
  });

  for (const [arch, target] of [
    ['arm64', 'arm64-apple-macos11'],
    ['x86_64', 'x86_64-apple-macos11'],
  ] as const) {
    it(`Mach-O for ${arch}`, () => {
      for (const source of ['one', 'main']) {
        run('clang-19', `--target=${target}`, '-c', `${source}.c`, '-o', `${source}-${arch}.o`);
      }
      const link = (...words: readonly string[]): void =>
        run('ld64.lld-19', '-arch', arch, '-platform_version', 'macos', '11.0', '12.3', ...words);
      link(
        '-dylib',
        `one-${arch}.o`,
        'libSystem.tbd',
        '-install_name',
        '@rpath/libone.dylib',
        '-current_version',
        '2.3.4',
        '-compatibility_version',
        '2.0.0',
        '-o',
        `one-${arch}.dylib`,
      );
      link(
        `main-${arch}.o`,
        'libSystem.tbd',
        '-weak_library',
        `one-${arch}.dylib`,
        '-rpath',
        '@loader_path',
        '-rpath',
        '/opt/lib',
        '-headerpad',
        '0x400',
        '-o',
        `main-${arch}`,
      );
      link(
        '-bundle',
        `one-${arch}.o`,
        'libSystem.tbd',
        '-undefined',
        'dynamic_lookup',
        '-o',
        `plug-${arch}.bundle`,
      );
      const [library] = checkMachO(`one-${arch}.dylib`);
      assert.ok(library);
      assert.deepEqual([library.kind, library.soname], ['shared-library', '@rpath/libone.dylib']);
      assert.deepEqual(library.machO?.versions, { current: '2.3.4', compatibility: '2.0.0' });
      assert.deepEqual(library.minimumSystems, [
        { system: 'macos', version: '11.0.0', sdk: '12.3.0' },
      ]);
      // lld signs for arm64 only.
      assert.equal(library.signed, arch === 'arm64');
      const [program] = checkMachO(`main-${arch}`);
      assert.ok(program);
      assert.equal(program.kind, 'dynamic-pie');
      assert.equal(program.interpreter, '/usr/lib/dyld');
      assert.deepEqual(libraries(program), [
        'load /usr/lib/libSystem.B.dylib',
        'weak @rpath/libone.dylib',
      ]);
      assert.deepEqual(program.rpaths, ['@loader_path', '/opt/lib']);
      assert.ok((program.machO?.padding ?? 0) >= 0x400);
      assert.equal(checkMachO(`plug-${arch}.bundle`)[0]?.kind, 'bundle');
      assert.equal(checkMachO(`one-${arch}.o`)[0]?.kind, 'object');
    });
  }

  it('Mach-O with several slices, by tables of 32 and 64 bits', () => {
    for (const [words, container] of [
      [[], 'fat32'],
      [['-fat64'], 'fat64'],
    ] as const) {
      run(
        'llvm-lipo-19',
        '-create',
        ...words,
        'one-arm64.dylib',
        'one-x86_64.dylib',
        '-output',
        'fat.dylib',
      );
      const slices = checkMachO('fat.dylib');
      assert.deepEqual(slices.map(({ architecture }) => architecture.name).toSorted(), [
        'aarch64',
        'x86_64',
      ]);
      const report = inspector.inspectFile(at('fat.dylib'));
      assert.equal(report.kind === 'binary' && report.container, container);
      const bytes = readFileSync(at('fat.dylib'));
      for (const { soname, places } of slices) {
        const place = places.soname;
        assert.ok(place && soname !== null);
        assert.equal(bytes.toString('latin1', place.offset, place.offset + soname.length), soname);
      }
    }
  });

  it('Mach-O that loads lazily, upward, and hands symbols on', () => {
    const bytes = readFileSync(at('main-arm64'));
    for (const [command, kind] of [
      [0x20, 'lazy'],
      [0x8000_0023, 'upward'],
      [0x8000_001f, 'reexport'],
    ] as const) {
      const place = sliceOf('main-arm64').dependencies[1]?.place;
      assert.ok(place);
      bytes.writeUInt32LE(command, place.entryOffset);
      writeFileSync(at(kind), bytes);
      assert.equal(checkMachO(kind)[0]?.dependencies[1]?.kind, kind);
    }
  });

  it('Mach-O debug companions and static libraries', () => {
    run('llvm-ar-19', 'rcs', 'libone.a', 'one-arm64.o');
    const archive = inspector.inspectFile(at('libone.a'));
    assert.equal(archive.kind === 'not-binary' && archive.reason, 'archive');
    run('clang-19', '--target=arm64-apple-macos11', '-g', '-c', 'one.c', '-o', 'one-g.o');
    run(
      'ld64.lld-19',
      '-arch',
      'arm64',
      '-platform_version',
      'macos',
      '11.0',
      '11.0',
      '-dylib',
      'one-g.o',
      'libSystem.tbd',
      '-o',
      'one-g.dylib',
    );
    run('dsymutil-19', '--flat', 'one-g.dylib', '-o', 'one-g.dwarf');
    assert.equal(checkMachO('one-g.dwarf')[0]?.kind, 'debug-companion');
    run('clang-19', '--target=arm64-apple-macos11', '-emit-llvm', '-c', 'one.c', '-o', 'one.bc');
    const bitcode = inspector.inspectFile(at('one.bc'));
    assert.equal(bitcode.kind === 'not-binary' && bitcode.reason, 'bitcode');
  });

  for (const [arch, target, bits] of [
    ['x64', 'x86_64-pc-windows-msvc', 64],
    ['x86', 'i686-pc-windows-msvc', 32],
    ['arm64', 'aarch64-pc-windows-msvc', 64],
  ] as const) {
    it(`PE for ${arch}, with delayed imports`, () => {
      writeFileSync(at('dll.c'), '__declspec(dllexport) int one(void) { return 1; }\n');
      writeFileSync(
        at('user.c'),
        '__declspec(dllimport) int one(void);\n__declspec(dllimport) int two(void);\nint entry(void) { return one() + two(); }\n',
      );
      writeFileSync(at('two.c'), '__declspec(dllexport) int two(void) { return 2; }\n');
      writeFileSync(
        at('delay.c'),
        'void *__stdcall __delayLoadHelper2(void *a, void *b) { return 0; }\n',
      );
      for (const source of ['dll', 'user', 'two', 'delay']) {
        run('clang-19', `--target=${target}`, '-c', `${source}.c`, '-o', `${source}-${arch}.obj`);
      }
      const link = (...words: readonly string[]): void =>
        run('lld-link-19', '/brepro', '/nodefaultlib', '/safeseh:no', ...words);
      link(
        '/dll',
        '/noentry',
        `dll-${arch}.obj`,
        `/out:one-${arch}.dll`,
        `/implib:one-${arch}.lib`,
      );
      link(
        '/dll',
        '/noentry',
        `two-${arch}.obj`,
        `/out:two-${arch}.dll`,
        `/implib:two-${arch}.lib`,
      );
      link(
        '/entry:entry',
        '/subsystem:console',
        `user-${arch}.obj`,
        `delay-${arch}.obj`,
        `one-${arch}.lib`,
        `two-${arch}.lib`,
        `/delayload:one-${arch}.dll`,
        `/out:user-${arch}.exe`,
      );
      const library = checkPe(`one-${arch}.dll`);
      assert.deepEqual(
        [library.kind, library.soname, library.bits],
        ['shared-library', `one-${arch}.dll`, bits],
      );
      const program = checkPe(`user-${arch}.exe`);
      assert.equal(program.kind, 'executable');
      assert.deepEqual(libraries(program), [
        `import two-${arch}.dll`,
        `delay-import one-${arch}.dll`,
      ]);
      const object = inspector.inspectFile(at(`dll-${arch}.obj`));
      assert.equal(object.kind === 'not-binary' && object.reason, 'coff-object');
      link('/entry:one', '/subsystem:native', '/driver', `dll-${arch}.obj`, `/out:${arch}.sys`);
      assert.equal(checkPe(`${arch}.sys`).kind, 'driver');
      link('/subsystem:efi_application', '/entry:one', `dll-${arch}.obj`, `/out:${arch}.efi`);
      assert.equal(checkPe(`${arch}.efi`).kind, 'efi');
    });
  }

  it('and mutants of all of them are answered with facts or a finding', () => {
    const files = readdirSync(root).map((name) => readFileSync(at(name)));
    const seeds = files.filter((bytes) => inspector.inspectBytes(bytes).kind === 'binary');
    assert.ok(seeds.length > 80, `${seeds.length} binaries`);
    for (const seed of seeds) {
      for (let number = 0; number < MUTANTS_EACH; number++) {
        const bytes = mutantOf(seed, number);
        checkReport(inspector.inspectBytes(bytes), bytes);
      }
    }
    process.stderr.write(`${seeds.length} linked binaries, ${MUTANTS_EACH} mutants of each\n`);
  });
});
