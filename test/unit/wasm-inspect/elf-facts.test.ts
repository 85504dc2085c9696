import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { BinarySlice, FileReport, InspectFinding } from '#wasm-inspect/host/report.ts';
import { textOfBytes } from '#wasm-inspect/host/text.ts';
import { buildElf, type ElfDescription } from '../../support/elf-builder.ts';

const inspector = createInspector();

function sliceOf(report: FileReport): BinarySlice {
  assert.equal(report.kind, 'binary', JSON.stringify(report));
  assert.equal(report.slices.length, 1);
  const [slice] = report.slices;
  assert.ok(slice);
  return slice;
}

function findingOf(report: FileReport): InspectFinding {
  assert.equal(report.kind, 'problem', JSON.stringify(report));
  return report.finding;
}

const inspect = (description: ElfDescription): BinarySlice =>
  sliceOf(inspector.inspectBytes(buildElf(description).bytes));

const full: ElfDescription = {
  needed: ['libb.so.2', 'liba.so.1', 'libb.so.2'],
  soname: 'libx.so.3',
  rpath: '/opt/lib:$ORIGIN/../lib',
  runpath: '$ORIGIN',
};

describe('facts of an ELF file', () => {
  for (const bits of [32, 64] as const) {
    for (const order of ['little', 'big'] as const) {
      it(`are read from ${bits} bit, ${order} endian files`, () => {
        const slice = inspect({ ...full, bits, order, interpreter: '/lib/ld.so.1', machine: 21 });
        assert.equal(slice.bits, bits);
        assert.equal(slice.byteOrder, order);
        assert.equal(slice.architecture.name, 'ppc64');
        assert.equal(slice.architecture.number, 21);
        assert.deepEqual(slice.needed, ['libb.so.2', 'liba.so.1', 'libb.so.2']);
        assert.equal(slice.soname, 'libx.so.3');
        assert.equal(slice.rpath, '/opt/lib:$ORIGIN/../lib');
        assert.equal(slice.runpath, '$ORIGIN');
        assert.equal(slice.interpreter, '/lib/ld.so.1');
        assert.equal(slice.dynamic, true);
        assert.equal(slice.debugOnly, false);
      });

      it(`name the places of strings in ${bits} bit, ${order} endian files`, () => {
        const { bytes } = buildElf({ ...full, bits, order });
        const slice = sliceOf(inspector.inspectBytes(bytes));
        const view = new DataView(bytes.buffer);
        for (const [key, tag] of [
          ['soname', 14],
          ['rpath', 15],
          ['runpath', 29],
        ] as const) {
          const place = slice.places[key];
          assert.ok(place);
          const text = textOfBytes(bytes.subarray(place.offset, place.offset + place.capacity - 1));
          assert.equal(text, slice[key]);
          assert.equal(bytes[place.offset + place.capacity - 1], 0);
          const word =
            bits === 64
              ? Number(view.getBigUint64(place.entryOffset, order === 'little'))
              : view.getUint32(place.entryOffset, order === 'little');
          assert.equal(word, tag);
        }
      });
    }
  }

  it('tell the kinds apart', () => {
    const pie = 0x0800_0000;
    const interpreter = '/lib/ld.so';
    const kinds: readonly (readonly [ElfDescription, BinarySlice['kind']])[] = [
      [{ type: 2, isStatic: true }, 'executable'],
      [{ type: 2, interpreter, needed: ['libc.so.6'] }, 'executable'],
      [{ type: 3, soname: 'liba.so' }, 'shared-library'],
      [{ type: 3 }, 'shared-library'],
      [{ type: 3, flags1: pie, interpreter }, 'dynamic-pie'],
      [{ type: 3, flags1: pie, interpreter, soname: 'odd.so' }, 'dynamic-pie'],
      [{ type: 3, flags1: pie }, 'static-pie'],
      [{ type: 3, interpreter }, 'dynamic-pie'],
      [{ type: 3, interpreter, soname: 'libc.so.6' }, 'shared-library'],
      [{ type: 1 }, 'object'],
      [{ type: 4, sections: 'none' }, 'core'],
      [{ type: 0, isStatic: true }, 'other'],
      [{ type: 0xfe00, isStatic: true }, 'other'],
    ];
    for (const [description, kind] of kinds) {
      assert.equal(inspect(description).kind, kind, JSON.stringify(description));
    }
  });

  it('keep names that are no UTF-8 apart and recoverable', () => {
    const name = Uint8Array.from([0x6c, 0xff, 0xc3, 0xa9, 0xed, 0xa0, 0x80]);
    const { needed } = inspect({ needed: [name, 'libé.so'] });
    assert.deepEqual(needed, ['l\udcffé\udced\udca0\udc80', 'libé.so']);
  });

  it('hold names of unusual length', () => {
    const long = `${'d'.repeat(60_000)}.so`;
    const slice = inspect({ needed: ['', long, 'a'], rpath: 'x:'.repeat(20_000) });
    assert.deepEqual(slice.needed, ['', long, 'a']);
    assert.equal(slice.rpath?.length, 40_000);
  });

  it('hold many libraries', () => {
    const needed = Array.from({ length: 3000 }, (_, index) => `lib${index}.so`);
    assert.deepEqual(inspect({ needed }).needed, needed);
  });

  it('take the last of repeated run paths, as loaders do', () => {
    const built = buildElf({ rpath: '/first', runpath: '/second' });
    const view = new DataView(built.bytes.buffer);
    const runpathEntry = built.dynamicOffset + 16;
    assert.equal(view.getBigUint64(runpathEntry, true), 29n);
    view.setBigUint64(runpathEntry, 15n, true);
    const slice = sliceOf(inspector.inspectBytes(built.bytes));
    assert.equal(slice.rpath, '/second');
    assert.equal(slice.runpath, null);
    assert.equal(slice.places.rpath?.entryOffset, runpathEntry);
  });

  it('invent no libraries for separate debug information', () => {
    const slice = inspect({ ...full, interpreter: '/lib/ld.so', sections: 'left-out' });
    assert.equal(slice.debugOnly, true);
    assert.equal(slice.dynamic, false);
    assert.deepEqual(slice.needed, []);
    assert.equal(slice.soname, null);
    assert.equal(slice.interpreter, null);
  });

  it('invent no libraries where the dynamic segment has no bytes at all', () => {
    const built = buildElf({ needed: ['liba.so'], sections: 'none' });
    // p_filesz of the second segment
    new DataView(built.bytes.buffer).setBigUint64(64 + 56 + 32, 0n, true);
    const slice = sliceOf(inspector.inspectBytes(built.bytes));
    assert.deepEqual(slice.needed, []);
    assert.equal(slice.debugOnly, true);
  });

  it('list filters beside needed libraries, with the place of each', () => {
    for (const bits of [32, 64] as const) {
      const { bytes } = buildElf({
        bits,
        auxiliary: 'libaux.so',
        filter: 'libf.so',
        needed: ['liba.so'],
      });
      const slice = sliceOf(inspector.inspectBytes(bytes));
      assert.deepEqual(slice.needed, ['liba.so']);
      assert.deepEqual(
        slice.dependencies.map(({ name, kind }) => [name, kind]),
        [
          ['libaux.so', 'auxiliary'],
          ['libf.so', 'filter'],
          ['liba.so', 'needed'],
        ],
      );
      const view = new DataView(bytes.buffer);
      const tags = slice.dependencies.map(({ name, place }) => {
        const text = bytes.subarray(place.offset, place.offset + place.capacity);
        assert.equal(textOfBytes(text), `${name}\0`);
        return view.getUint32(place.entryOffset, true);
      });
      assert.deepEqual(tags, [0x7ffffffd, 0x7fffffff, 1]);
    }
  });

  it('name the variants that share a machine number', () => {
    const variantOf = (description: ElfDescription): string | null =>
      inspect(description).architecture.variant;
    assert.equal(variantOf({ bits: 32, machine: 62 }), 'x32');
    assert.equal(variantOf({ bits: 64, machine: 62 }), null);
    assert.equal(variantOf({ bits: 32, machine: 8, order: 'big', flags: 0x20 }), 'n32');
    assert.equal(variantOf({ bits: 32, machine: 8 }), null);
    const unusual = inspect({ machine: 0x1234 }).architecture;
    assert.deepEqual([unusual.name, unusual.number], ['unknown', 0x1234]);
  });

  it('say where the name of the interpreter lies', () => {
    const { bytes } = buildElf({ interpreter: '/lib/ld.so' });
    const place = sliceOf(inspector.inspectBytes(bytes)).places.interpreter;
    assert.ok(place);
    assert.equal(
      textOfBytes(bytes.subarray(place.offset, place.offset + place.capacity)),
      '/lib/ld.so\0',
    );
    assert.equal(new DataView(bytes.buffer).getUint32(place.entryOffset, true), 3);
  });

  it('need no section headers', () => {
    assert.deepEqual(inspect({ ...full, sections: 'none' }).needed, full.needed);
  });
});

describe('broken ELF files', () => {
  const finding = (
    change: (view: DataView, built: ReturnType<typeof buildElf>) => void,
  ): InspectFinding => {
    const built = buildElf({ ...full, interpreter: '/lib/ld.so' });
    change(new DataView(built.bytes.buffer), built);
    return findingOf(inspector.inspectBytes(built.bytes));
  };

  it('with a wrong class or byte order are named so', () => {
    const wrongClass = finding((view) => view.setUint8(4, 3));
    assert.equal(wrongClass.code, 'INSPECT_MALFORMED');
    assert.equal(wrongClass.table, 'file-header');
    assert.match(wrongClass.message, /class 3 is neither 1 \(32 bit\) nor 2/);
    assert.match(finding((view) => view.setUint8(5, 0)).message, /byte order 0/);
  });

  it('with entries that are too small are named so', () => {
    assert.match(finding((view) => view.setUint16(54, 55, true)).message, /entries of 55 bytes/);
    assert.equal(finding((view) => view.setUint16(58, 1, true)).table, 'section-headers');
  });

  it('that end inside a table say where, how much was needed and how much was there', () => {
    const cut = finding((view, built) =>
      view.setBigUint64(40, BigInt(built.bytes.length - 10), true),
    );
    assert.equal(cut.code, 'INSPECT_TRUNCATED');
    assert.equal(cut.table, 'section-headers');
    assert.equal(cut.needed, 256);
    assert.equal(cut.available, 10);
    assert.match(cut.message, /the file is cut off/);
  });

  it('whose names lie outside the string table are named so', () => {
    const outside = finding((view, built) =>
      view.setBigUint64(built.dynamicOffset + 8, 9999n, true),
    );
    assert.equal(outside.table, 'string-table');
    assert.match(outside.message, /byte 9999 of a table of/);
  });

  it('whose string table is in no segment are named so', () => {
    const unmapped = finding((view, built) => {
      for (let at = built.dynamicOffset; ; at += 16) {
        if (view.getBigUint64(at, true) !== 5n) continue;
        view.setBigUint64(at + 8, 0xffff_0000n, true);
        return;
      }
    });
    assert.match(unmapped.message, /address 0xffff0000 lies in no segment/);
  });

  it('whose interpreter has no end are named so', () => {
    const endless = finding((view) => view.setBigUint64(64 + 56 + 32, 4n, true));
    assert.equal(endless.table, 'interpreter');
  });

  it('with a program header table beyond any size hit the limit', () => {
    const { bytes } = buildElf(full);
    const view = new DataView(bytes.buffer);
    view.setUint16(56, 0xffff, true);
    view.setUint16(54, 0xffff, true);
    // The real count for 0xffff is in section header 0.
    view.setUint32(Number(view.getBigUint64(40, true)) + 44, 0xffff_ffff, true);
    const limit = findingOf(inspector.inspectBytes(bytes));
    assert.equal(limit.code, 'INSPECT_LIMIT');
    assert.equal(limit.table, 'program-headers');
  });
});
