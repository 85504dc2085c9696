import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { BinarySlice, FileReport } from '#wasm-inspect/host/report.ts';
import { textOfBytes } from '#wasm-inspect/host/text.ts';
import { ByteWriter } from '../../support/byte-writer.ts';
import { buildFat, buildMachO, LC, type MachODescription } from '../../support/mach-o-builder.ts';

const inspector = createInspector();

function slicesOf(bytes: Uint8Array): readonly BinarySlice[] {
  const report = inspector.inspectBytes(bytes);
  assert.equal(report.kind, 'binary', JSON.stringify(report));
  assert.equal(report.format, 'mach-o');
  return report.slices;
}

function inspect(description: MachODescription): BinarySlice {
  const [slice] = slicesOf(buildMachO(description));
  assert.ok(slice);
  return slice;
}

function messageOf(report: FileReport): string {
  assert.equal(report.kind, 'problem', JSON.stringify(report));
  return `${report.finding.code} ${report.finding.message}`;
}

const full: MachODescription = {
  dylibs: [
    { command: LC.idDylib, name: '@rpath/libx.dylib', current: 0x20304, compatibility: 0x20000 },
    { command: LC.loadDylib, name: '/usr/lib/libSystem.B.dylib', current: 0x538_00_00 },
    { command: LC.loadWeakDylib, name: '@rpath/libweak.dylib' },
    { command: LC.reexportDylib, name: 'libre.dylib' },
    { command: LC.loadUpwardDylib, name: 'libup.dylib' },
    { command: LC.lazyLoadDylib, name: 'liblazy.dylib' },
    { command: LC.loadDylib, name: '/usr/lib/libSystem.B.dylib' },
  ],
  rpaths: ['@loader_path/../lib', '/opt/lib'],
  dylinker: '/usr/lib/dyld',
  platforms: [
    [1, 0xa0f00, 0xd0300],
    [6, 0xd0100, 0],
  ],
  isSigned: true,
};

describe('facts of a Mach-O file', () => {
  for (const bits of [32, 64] as const) {
    for (const order of ['little', 'big'] as const) {
      it(`are read from ${bits} bit, ${order} endian files`, () => {
        const slice = inspect({ ...full, bits, order });
        assert.deepEqual([slice.bits, slice.byteOrder], [bits, order]);
        assert.deepEqual(
          slice.dependencies.map(({ name, kind }) => [name, kind]),
          [
            ['/usr/lib/libSystem.B.dylib', 'load'],
            ['@rpath/libweak.dylib', 'weak'],
            ['libre.dylib', 'reexport'],
            ['libup.dylib', 'upward'],
            ['liblazy.dylib', 'lazy'],
            ['/usr/lib/libSystem.B.dylib', 'load'],
          ],
        );
        assert.equal(slice.needed.length, 6);
        assert.deepEqual(slice.dependencies[0]?.versions, {
          current: '1336.0.0',
          compatibility: '1.0.0',
        });
        assert.equal(slice.soname, '@rpath/libx.dylib');
        assert.deepEqual(slice.machO?.versions, { current: '2.3.4', compatibility: '2.0.0' });
        assert.deepEqual(slice.rpaths, ['@loader_path/../lib', '/opt/lib']);
        assert.equal(slice.interpreter, '/usr/lib/dyld');
        assert.deepEqual(slice.minimumSystems, [
          { system: 'macos', version: '10.15.0', sdk: '13.3.0' },
          { system: 'mac-catalyst', version: '13.1.0', sdk: null },
        ]);
        assert.equal(slice.signed, true);
        assert.equal(slice.dynamic, true);
      });

      it(`name the places of strings in ${bits} bit, ${order} endian files`, () => {
        const bytes = buildMachO({ ...full, bits, order });
        const [slice] = slicesOf(bytes);
        assert.ok(slice);
        const view = new DataView(bytes.buffer);
        const texts = [
          ...slice.dependencies.map(({ name, place }) => [name, place] as const),
          ...slice.rpaths.map((name, index) => [name, slice.places.rpaths[index]] as const),
          [slice.soname, slice.places.soname] as const,
          [slice.interpreter, slice.places.interpreter] as const,
        ];
        for (const [text, place] of texts) {
          assert.ok(place);
          const there = textOfBytes(bytes.subarray(place.offset, place.offset + place.capacity));
          assert.equal(there.slice(0, there.indexOf('\0')), text);
          const size = view.getUint32(place.entryOffset + 4, order === 'little');
          assert.equal(place.offset + place.capacity, place.entryOffset + size);
        }
      });
    }
  }

  it('tell the kinds apart', () => {
    const dylinker = '/usr/lib/dyld';
    const kinds: readonly (readonly [MachODescription, BinarySlice['kind']])[] = [
      [{ fileType: 1 }, 'object'],
      [{ fileType: 2, dylinker }, 'executable'],
      [{ fileType: 2, dylinker, flags: 0x20_0004 }, 'dynamic-pie'],
      [{ fileType: 2, flags: 0x20_0000 }, 'static-pie'],
      [{ fileType: 4 }, 'core'],
      [{ fileType: 6 }, 'shared-library'],
      [{ fileType: 7 }, 'other'],
      [{ fileType: 8 }, 'bundle'],
      [{ fileType: 10 }, 'debug-companion'],
      [{ fileType: 11 }, 'kernel-module'],
      [{ fileType: 99 }, 'other'],
    ];
    for (const [description, kind] of kinds) assert.equal(inspect(description).kind, kind);
    assert.equal(inspect({ fileType: 10 }).debugOnly, true);
  });

  it('name machines, and the variants that share a number', () => {
    const named = (machine: number, subtype = 0): unknown => {
      const { name, variant } = inspect({ machine, subtype }).architecture;
      return [name, variant];
    };
    assert.deepEqual(named(0x0100_000c), ['aarch64', null]);
    assert.deepEqual(named(0x0100_000c, 0x8000_0002), ['aarch64', 'arm64e']);
    assert.deepEqual(named(0x0100_0007, 8), ['x86_64', 'x86_64h']);
    assert.deepEqual(named(7, 3), ['i386', null]);
    assert.deepEqual(named(77), ['unknown', null]);
  });

  it('count the bytes behind the load commands', () => {
    for (const padding of [0, 8, 4000]) {
      const slice = inspect({ ...full, padding });
      assert.equal(slice.machO?.padding, padding);
    }
  });

  it('state the oldest system of files from before build versions', () => {
    const slice = inspect({ versionMin: [LC.versionMinMacos, 0xa0900, 0] });
    assert.deepEqual(slice.minimumSystems, [{ system: 'macos', version: '10.9.0', sdk: null }]);
  });
});

describe('facts of a universal file', () => {
  for (const bits of [32, 64] as const) {
    it(`are those of each slice, at its place, with a table of ${bits} bits`, () => {
      const first = buildMachO({ ...full, machine: 0x0100_0007 });
      const second = buildMachO({ ...full, rpaths: ['@executable_path'] });
      const bytes = buildFat([first, second], bits);
      const slices = slicesOf(bytes);
      assert.deepEqual(
        slices.map(({ architecture, rpaths }) => [architecture.name, rpaths.length]),
        [
          ['x86_64', 2],
          ['aarch64', 1],
        ],
      );
      const place = slices[1]?.places.rpaths[0];
      assert.ok(place);
      const text = textOfBytes(bytes.subarray(place.offset, place.offset + 16));
      assert.equal(text, '@executable_path');
      const extent = slices[1]?.machO?.place;
      assert.ok(extent);
      assert.deepEqual(bytes.subarray(extent.offset, extent.offset + extent.size), second);
      const report = inspector.inspectBytes(bytes);
      assert.equal(report.kind === 'binary' ? report.container : '', `fat${bits}`);
    });
  }

  it('must not reach beyond the slice', () => {
    const slice = buildMachO(full);
    const bytes = buildFat([slice, slice]);
    // The second slice is said to be shorter than its commands.
    new DataView(bytes.buffer).setUint32(8 + 20 + 12, 100);
    assert.match(messageOf(inspector.inspectBytes(bytes)), /INSPECT_TRUNCATED .*100 there/);
  });
});

describe('broken Mach-O files', () => {
  const broken = (command: Uint8Array): string =>
    messageOf(inspector.inspectBytes(buildMachO({ commands: [command] })));

  it('with commands of a wrong size are named so', () => {
    assert.match(broken(new ByteWriter().u32(0, 0x1b, 4).bytes), /entries of 4 bytes/);
    assert.match(broken(new ByteWriter().u32(0, 0x1b, 10, 0).bytes), /entries of 10 bytes/);
    assert.match(broken(new ByteWriter().u32(0, 0xc, 12, 0).bytes), /12 bytes .* 24 are needed/);
    assert.match(broken(new ByteWriter().u32(0, 0x1b, 80_000).bytes), /80000 bytes needed/);
  });

  it('with names outside of their command, or without an end, are named so', () => {
    assert.match(
      broken(new ByteWriter().u32(0, 0x8000_001c, 16, 16, 0).bytes),
      /begins at byte 16/,
    );
    assert.match(broken(new ByteWriter().u32(0, 0x8000_001c, 16, 4, 0).bytes), /begins at byte 4/);
    assert.match(
      broken(new ByteWriter().u32(0, 0x8000_001c, 16, 12).put(12, 'abcd').bytes),
      /has no end within 4 bytes/,
    );
  });

  it('with more commands than any file has hit the limit', () => {
    const bytes = buildMachO(full);
    new DataView(bytes.buffer).setUint32(20, 0xffff_0000, true);
    assert.match(messageOf(inspector.inspectBytes(bytes)), /^INSPECT_LIMIT load commands/);
  });

  it('with a slice of another format are named so', () => {
    const bytes = buildFat([buildMachO(), new Uint8Array(64).fill(1)]);
    assert.match(messageOf(inspector.inspectBytes(bytes)), /magic number .* 0x1010101/);
  });
});
