import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { buildElf, type ElfDescription } from '../../support/elf-builder.ts';
import { buildFat, buildMachO, LC } from '../../support/mach-o-builder.ts';
import { buildPe } from '../../support/pe-builder.ts';

const inspector = createInspector();

const shapes: readonly ElfDescription[] = ([32, 64] as const).flatMap((bits) =>
  (['little', 'big'] as const).flatMap((order) => [
    { bits, order, needed: ['liba.so.1', 'libb.so'], soname: 'libx.so', interpreter: '/lib/ld.so' },
    {
      bits,
      order,
      needed: ['liba.so.1'],
      rpath: '/a:/b',
      runpath: '$ORIGIN',
      sections: 'none' as const,
    },
    { bits, order, needed: ['liba.so.1'], sections: 'left-out' as const },
    { bits, order, type: 1 },
    { bits, order, type: 2, isStatic: true },
  ]),
);

interface Shape {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly little: boolean;
  /** Shorter pieces can't be told from other formats. */
  readonly least: number;
  /** Parts with header fields. */
  readonly ranges: readonly (readonly [number, number])[];
}

const elfShapes: readonly Shape[] = shapes.map((shape) => {
  const { bytes, dynamicOffset, dynamicSize, sectionsOffset } = buildElf(shape);
  return {
    name: `ELF ${JSON.stringify(shape)}`,
    bytes,
    little: shape.order !== 'big',
    least: 4,
    ranges: [
      [0, shape.bits === 32 ? 52 + 96 : 64 + 168],
      [dynamicOffset, dynamicOffset + dynamicSize],
      [sectionsOffset, bytes.length],
    ],
  };
});

const machOShapes: readonly Shape[] = ([32, 64] as const).flatMap((bits) =>
  (['little', 'big'] as const).map((order) => {
    const bytes = buildMachO({
      bits,
      order,
      dylibs: [
        { command: LC.idDylib, name: '@rpath/libx.dylib' },
        { command: LC.loadWeakDylib, name: '/usr/lib/liba.dylib' },
      ],
      rpaths: ['@loader_path'],
      dylinker: '/usr/lib/dyld',
      platforms: [[1, 0xb0000, 0xd0000]],
      isSigned: true,
    });
    return {
      name: `Mach-O ${bits} ${order}`,
      bytes,
      little: order === 'little',
      least: 4,
      ranges: [[0, bytes.length - 96]],
    };
  }),
);

const fatShapes: readonly Shape[] = ([32, 64] as const).map((bits) => {
  const slice = buildMachO({ dylibs: [{ command: LC.loadDylib, name: 'liba.dylib' }], padding: 0 });
  const bytes = buildFat([slice, buildMachO({ machine: 7, bits: 32, padding: 0 })], bits);
  return { name: `fat ${bits}`, bytes, little: false, least: 8, ranges: [[0, 104]] };
});

const peShapes: readonly Shape[] = ([32, 64] as const).map((bits) => {
  const bytes = buildPe({
    bits,
    imports: ['KERNEL32.dll', 'b.dll'],
    delayImports: ['late.dll'],
    isDelayAbsolute: bits === 32,
    exportName: 'x.dll',
    isSigned: true,
  });
  return {
    name: `PE ${bits}`,
    bytes,
    little: true,
    least: 132,
    ranges: [
      [56, 64],
      [128, 480],
      [1024, 1280],
    ],
  };
});

const everyShape = [...elfShapes, ...machOShapes, ...fatShapes, ...peShapes];

describe('a file cut off anywhere', () => {
  for (const { name, bytes, least } of everyShape) {
    it(`is a finding and never facts: ${name}`, () => {
      assert.equal(inspector.inspectBytes(bytes).kind, 'binary');
      for (let length = 0; length < bytes.length; length++) {
        const report = inspector.inspectBytes(bytes.subarray(0, length));
        if (length < least) {
          assert.equal(report.kind, 'not-binary', `${length} bytes`);
          continue;
        }
        assert.equal(report.kind, 'problem', `${length} bytes: ${JSON.stringify(report)}`);
        assert.equal(report.finding.code, 'INSPECT_TRUNCATED', report.finding.message);
        assert.ok(report.finding.available < report.finding.needed);
      }
    });
  }
});

describe('a header field with a wrong value', () => {
  for (const shape of everyShape) {
    it(`never traps or throws: ${shape.name}`, () => {
      const { bytes, little } = shape;
      const size = bytes.length;
      const values = [0, 1, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff, size - 1, size, size + 1];
      for (const [from, to] of shape.ranges) {
        for (let at = from; at < to; at += 2) {
          for (const value of values) checkMutation(bytes, at, value, little);
        }
      }
    });
  }

  function checkMutation(bytes: Uint8Array, at: number, value: number, little: boolean): void {
    for (const width of [2, 4, 8]) {
      if (at + width > bytes.length) continue;
      const copy = bytes.slice();
      const view = new DataView(copy.buffer);
      if (width === 2) view.setUint16(at, value & 0xffff, little);
      else if (width === 4) view.setUint32(at, value, little);
      else
        view.setBigUint64(
          at,
          value === 0xffff_ffff ? 0xffff_ffff_ffff_ffffn : BigInt(value),
          little,
        );
      const report = inspector.inspectBytes(copy);
      if (report.kind !== 'problem') continue;
      const { code, message } = report.finding;
      assert.notEqual(
        code,
        'INSPECT_TRAPPED',
        `${message} after ${value} (${width} bytes) at ${at}`,
      );
      assert.notEqual(code, 'INSPECT_IO', `${message} after ${value} (${width} bytes) at ${at}`);
    }
  }
});
