/**
 * Mutated and random files through the inspector: no trap, no exception, and whatever it reports is really in
 * the file. The canary is a reader that trusts its input; the same search must find its faults, or it proves nothing.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { instantiateComponent } from '#wasm-inspect/host/component.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import type { FileReport } from '#wasm-inspect/host/report.ts';
import { bytesOfText } from '#wasm-inspect/host/text.ts';
import { buildElf } from '../support/elf-builder.ts';

type Reader = (bytes: Uint8Array) => FileReport;

const seeds = ([32, 64] as const).flatMap((bits) =>
  (['little', 'big'] as const).flatMap((order) =>
    (['present', 'none', 'left-out'] as const).map(
      (sections) =>
        buildElf({
          bits,
          order,
          sections,
          needed: ['liba.so.1', 'libb.so.2'],
          soname: 'libx.so',
          rpath: '/a:/b',
          runpath: '$ORIGIN/../lib',
          interpreter: '/lib/ld.so',
        }).bytes,
    ),
  ),
);

interface Mutation {
  readonly at: number;
  readonly bytes: Uint8Array;
}

const mutatedFile = fc
  .record({
    seed: fc.nat(seeds.length - 1),
    mutations: fc.array(
      fc.record({
        at: fc.oneof(fc.nat(128), fc.nat(1000)),
        bytes: fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 8 }),
          fc.constantFrom(
            Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
            Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80),
            Uint8Array.of(0xff, 0xff),
            Uint8Array.of(0),
          ),
        ),
      }),
      { maxLength: 6 },
    ),
    length: fc.option(fc.nat(900)),
  })
  .map(({ seed, mutations, length }) => mutate(seeds[seed] ?? new Uint8Array(), mutations, length));

function mutate(
  bytes: Uint8Array,
  mutations: readonly Mutation[],
  length: number | null,
): Uint8Array {
  const copy = bytes.slice(0, length ?? bytes.length);
  for (const { at, bytes: change } of mutations) {
    const room = copy.length - at;
    if (room > 0) copy.set(change.subarray(0, room), at);
  }
  return copy;
}

// Walks everything in the report and compares it with the file.
function checkReport(read: Reader, bytes: Uint8Array): void {
  const report = read(bytes);
  if (report.kind === 'problem') {
    assert.ok(
      !['INSPECT_TRAPPED', 'INSPECT_IO'].includes(report.finding.code),
      report.finding.message,
    );
    return;
  }
  if (report.kind !== 'binary') return;
  const haystack = Buffer.from(bytes);
  for (const slice of report.slices) {
    for (const name of slice.needed) {
      assert.ok(haystack.includes(Buffer.concat([bytesOfText(name), Buffer.of(0)])), name);
    }
    for (const key of ['soname', 'rpath', 'runpath'] as const) {
      const place = slice.places[key];
      assert.equal(place === null, slice[key] === null);
      if (place === null) continue;
      assert.ok(place.entryOffset + slice.bits / 4 <= bytes.length);
      const there = haystack.subarray(place.offset, place.offset + place.capacity);
      assert.deepEqual(there, Buffer.concat([bytesOfText(slice[key] ?? ''), Buffer.of(0)]));
    }
  }
}

describe('mutated ELF files', () => {
  const inspector = createInspector();
  const read: Reader = (bytes) => inspector.inspectBytes(bytes);

  it('give facts that are in the file, or a finding', () => {
    fc.assert(
      fc.property(mutatedFile, (bytes) => checkReport(read, bytes)),
      { numRuns: 20_000 },
    );
  });

  it('give the same answer from a buffer as from an instance that has seen them all', () => {
    fc.assert(
      fc.property(mutatedFile, (bytes) => {
        assert.deepEqual(createInspector().inspectBytes(bytes), read(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('never say that bytes outside of the file may be changed', () => {
    let bytes: Uint8Array = new Uint8Array();
    const component = instantiateComponent((offset, length) => {
      const from = Number(offset > 1_000_000n ? 1_000_000n : offset);
      return bytes.subarray(from, from + length);
    });
    fc.assert(
      fc.property(mutatedFile, fc.nat(40), (file, length) => {
        bytes = file;
        const { room } = component.examineRunPaths(file.subarray(0, 4096), length);
        if (room === undefined) return;
        const end = Number(room.offset) + length + 1;
        assert.ok(end <= file.length);
        assert.ok(file.subarray(Number(room.offset), end).every((byte) => byte === 0));
        assert.ok(Number(room.entry ?? 0) < file.length);
        assert.ok(Number(room.segment) < file.length);
      }),
      { numRuns: 10_000 },
    );
  });

  it('are too much for a reader that trusts them (canary)', () => {
    const outcome = fc.check(
      fc.property(mutatedFile, (bytes) => checkReport(trustingReader, bytes)),
      { numRuns: 2000 },
    );
    assert.equal(outcome.failed, true);
  });
});

describe('random bytes', () => {
  it('give an answer, with the magic number and without', () => {
    const inspector = createInspector();
    const magic = fc.constantFrom(
      '',
      '\x7fELF',
      '\x7fELF\x01\x01',
      '\x7fELF\x02\x02',
      'MZ',
      '\xca\xfe\xba\xbe',
    );
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 5000 }), (start, rest) => {
        const bytes = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
        checkReport((input) => inspector.inspectBytes(input), bytes);
      }),
      { numRuns: 3000 },
    );
  });
});

// Reads 64 bit little endian files only, and believes every number.
function trustingReader(bytes: Uint8Array): FileReport {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) {
    return { kind: 'not-binary', schema: 1, reason: 'unknown-format' };
  }
  const table = Number(view.getBigUint64(32, true));
  for (let i = 0; i < view.getUint16(56, true); i++) view.getUint32(table + i * 56, true);
  return { kind: 'not-binary', schema: 1, reason: 'unknown-format' };
}
