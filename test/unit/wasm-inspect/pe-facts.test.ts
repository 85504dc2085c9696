import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { BinarySlice, FileReport } from '#wasm-inspect/host/report.ts';
import { textOfBytes } from '#wasm-inspect/host/text.ts';
import { buildPe, type PeDescription } from '../../support/pe-builder.ts';

const inspector = createInspector();

function sliceOf(report: FileReport): BinarySlice {
  assert.equal(report.kind, 'binary', JSON.stringify(report));
  assert.equal(report.format, 'pe');
  const [slice] = report.slices;
  assert.ok(slice);
  return slice;
}

const inspect = (description: PeDescription): BinarySlice =>
  sliceOf(inspector.inspectBytes(buildPe(description)));

const full: PeDescription = {
  imports: ['KERNEL32.dll', 'msvcrt.dll', 'KERNEL32.dll'],
  delayImports: ['late.dll', 'later.dll'],
  exportName: 'x.dll',
};

describe('facts of a PE file', () => {
  for (const bits of [32, 64] as const) {
    it(`are read from ${bits} bit files`, () => {
      const bytes = buildPe({ ...full, bits });
      const slice = sliceOf(inspector.inspectBytes(bytes));
      assert.equal(slice.bits, bits);
      assert.equal(slice.architecture.name, bits === 64 ? 'x86_64' : 'i386');
      assert.equal(slice.kind, 'shared-library');
      assert.equal(slice.soname, 'x.dll');
      assert.deepEqual(
        slice.dependencies.map(({ name, kind }) => [name, kind]),
        [
          ['KERNEL32.dll', 'import'],
          ['msvcrt.dll', 'import'],
          ['KERNEL32.dll', 'import'],
          ['late.dll', 'delay-import'],
          ['later.dll', 'delay-import'],
        ],
      );
      assert.deepEqual(slice.minimumSystems, [{ system: 'windows', version: '6.1', sdk: null }]);
      for (const { name, place } of slice.dependencies) {
        const text = textOfBytes(bytes.subarray(place.offset, place.offset + place.capacity));
        assert.equal(text, `${name}\0`);
        // One section: an address is its file offset and the distance of the two.
        const address = new DataView(bytes.buffer).getUint32(place.entryOffset, true);
        assert.equal(address - 0x1000, place.offset - 1024);
      }
    });
  }

  it('know delayed imports by absolute addresses', () => {
    const slice = inspect({ bits: 32, delayImports: ['old.dll'], isDelayAbsolute: true });
    assert.deepEqual(slice.needed, ['old.dll']);
  });

  it('tell the kinds apart', () => {
    const kinds: readonly (readonly [PeDescription, BinarySlice['kind']])[] = [
      [{ characteristics: 0x22 }, 'executable'],
      [{ characteristics: 0x2022 }, 'shared-library'],
      [{ characteristics: 0x22, subsystem: 1, imports: ['ntoskrnl.exe'] }, 'driver'],
      [{ characteristics: 0x22, subsystem: 1, imports: ['NTDLL.dll'] }, 'executable'],
      [{ characteristics: 0x2022, subsystem: 1 }, 'driver'],
      [{ characteristics: 0x22, subsystem: 10 }, 'efi'],
      [{ characteristics: 0x2022, subsystem: 12 }, 'efi'],
    ];
    for (const [description, kind] of kinds) assert.equal(inspect(description).kind, kind);
  });

  it('say whether it is signed, and whether it is .NET', () => {
    const plain = inspect({});
    assert.deepEqual([plain.signed, plain.dotnet, plain.pe?.signature], [false, false, null]);
    const slice = inspect({ isSigned: true, isDotnet: true });
    assert.deepEqual([slice.signed, slice.dotnet], [true, true]);
    assert.equal(slice.pe?.signature?.size, 32);
  });

  it('invent no libraries for separate debug information', () => {
    const slice = inspect({ ...full, isDebugOnly: true });
    assert.deepEqual(
      [slice.kind, slice.debugOnly, slice.dynamic],
      ['debug-companion', true, false],
    );
    assert.deepEqual(slice.needed, []);
  });

  it('name machines', () => {
    const named = (machine: number): unknown => {
      const { name, variant } = inspect({ machine }).architecture;
      return [name, variant];
    };
    assert.deepEqual(named(0xaa64), ['aarch64', null]);
    assert.deepEqual(named(0xa641), ['aarch64', 'arm64ec']);
    assert.deepEqual(named(0x1c4), ['arm', null]);
    assert.deepEqual(named(0x1234), ['unknown', null]);
  });

  it('hold more libraries than are read at first', () => {
    const imports = Array.from({ length: 300 }, (_, index) => `library${index}.dll`);
    assert.deepEqual(inspect({ imports }).needed, imports);
  });
});

describe('broken PE files', () => {
  const broken = (change: (view: DataView) => void): string => {
    const bytes = buildPe(full);
    change(new DataView(bytes.buffer));
    const report = inspector.inspectBytes(bytes);
    assert.equal(report.kind, 'problem', JSON.stringify(report));
    return `${report.finding.table} ${report.finding.message}`;
  };
  const optional = 152;

  it('with an optional header of another kind, or too small, are named so', () => {
    assert.match(
      broken((view) => view.setUint16(optional, 0x107, true)),
      /magic number .* 0x107/,
    );
    assert.match(
      broken((view) => view.setUint16(148, 100, true)),
      /100 bytes are too small, 112/,
    );
  });

  it('whose tables or names lie in no section are named so', () => {
    const imports = optional + 112 + 8;
    assert.match(
      broken((view) => view.setUint32(imports, 0x9000_0000, true)),
      /^import-table .*address 0x90000000 lies in no segment or section/,
    );
    assert.match(
      broken((view) => view.setUint32(1024 + 16 + 12, 0x7000_0000, true)),
      /0x70000000/,
    );
  });

  it('whose table of imports has no end are named so', () => {
    const endless = broken((view) => {
      for (let at = 1040; at < 1536; at += 4) view.setUint32(at, 0x1010, true);
    });
    assert.match(endless, /^import-table .*no end/);
  });
});
