import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { buildElf, type ElfDescription } from '../../support/elf-builder.ts';

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

describe('a file cut off anywhere', () => {
  for (const shape of shapes) {
    it(`is a finding and never facts: ${JSON.stringify(shape)}`, () => {
      const { bytes } = buildElf(shape);
      assert.equal(inspector.inspectBytes(bytes).kind, 'binary');
      for (let length = 0; length < bytes.length; length++) {
        const report = inspector.inspectBytes(bytes.subarray(0, length));
        if (length < 4) {
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
  for (const shape of shapes) {
    it(`never traps or throws: ${JSON.stringify(shape)}`, () => {
      const { bytes, dynamicOffset, dynamicSize, sectionsOffset } = buildElf(shape);
      const size = bytes.length;
      const values = [0, 1, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff, size - 1, size, size + 1];
      const ranges = [
        [0, shape.bits === 32 ? 52 + 96 : 64 + 168],
        [dynamicOffset, dynamicOffset + dynamicSize],
        [sectionsOffset, size],
      ] as const;
      for (const [from, to] of ranges) {
        for (let at = from; at < to; at += 2) {
          for (const value of values) checkMutation(bytes, at, value, shape.order !== 'big');
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
