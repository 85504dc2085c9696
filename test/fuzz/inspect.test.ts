/**
 * Mutated and random files through the inspector: no trap, no exception, and whatever it reports is really in the
 * file. The canary is a reader that trusts its input; the same search must find its faults, or it proves nothing.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { instantiateComponent } from '#wasm-inspect/host/component.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { HEAD_BYTES } from '#wasm-inspect/host/limits.ts';
import { checkMutants, checkReport, mutant, trustingReader } from '../support/binary-mutants.ts';

const COUNT = 20_000;

describe('mutated binaries', () => {
  const inspector = createInspector();

  it('give facts that are in the file, or a finding', () => {
    checkMutants((bytes) => inspector.inspectBytes(bytes), 0, COUNT);
  });

  it('are too much for a reader that trusts them (canary)', () => {
    assert.throws(() => checkMutants(trustingReader, 0, COUNT), /^Error: mutant \d+$/);
  });

  it('are answered with facts and with findings, of all formats', () => {
    const answers = new Set<string>();
    for (let number = 0; number < 2000; number++) {
      const report = inspector.inspectBytes(mutant(number));
      if (report.kind === 'binary') answers.add(report.format);
      if (report.kind === 'problem') answers.add(`${report.finding.format} ${report.finding.code}`);
    }
    for (const format of ['elf', 'mach-o', 'pe']) {
      assert.ok(answers.has(format));
      assert.ok(answers.has(`${format} INSPECT_MALFORMED`));
      assert.ok(answers.has(`${format} INSPECT_TRUNCATED`));
    }
  });

  it('give the same answer read piece by piece as from a whole buffer', () => {
    let bytes: Uint8Array = new Uint8Array();
    const component = instantiateComponent((offset, length) => {
      const from = Number(offset > 1_000_000n ? 1_000_000n : offset);
      return bytes.subarray(from, from + length);
    });
    for (let number = 0; number < 5000; number++) {
      bytes = mutant(number);
      const whole = component.inspect(bytes);
      assert.deepEqual(component.inspect(bytes.subarray(0, HEAD_BYTES)), whole, `mutant ${number}`);
    }
  });

  it('give the same answer from a fresh instance as from one that has seen them all', () => {
    for (let number = 0; number < 200; number++) {
      const bytes = mutant(number);
      assert.deepEqual(createInspector().inspectBytes(bytes), inspector.inspectBytes(bytes));
    }
  });

  it('never let bytes outside of the file be changed', () => {
    let bytes: Uint8Array = new Uint8Array();
    const component = instantiateComponent((offset, length) => {
      const from = Number(offset > 1_000_000n ? 1_000_000n : offset);
      return bytes.subarray(from, from + length);
    });
    for (let number = 0; number < COUNT; number++) {
      bytes = mutant(number);
      const length = number % 40;
      const { room } = component.examineRunPaths(bytes.subarray(0, HEAD_BYTES), length);
      if (room === undefined) continue;
      const end = Number(room.offset) + length + 1;
      assert.ok(end <= bytes.length);
      assert.ok(bytes.subarray(Number(room.offset), end).every((byte) => byte === 0));
      assert.ok(Number(room.entry ?? 0) < bytes.length);
      assert.ok(Number(room.segment) < bytes.length);
    }
  });
});

describe('random bytes', () => {
  it('give an answer, with a magic number and without', () => {
    const inspector = createInspector();
    const magic = fc.constantFrom(
      '',
      '\x7fELF',
      '\x7fELF\x01\x01',
      '\x7fELF\x02\x02',
      'MZ',
      '\xca\xfe\xba\xbe\0\0\0\x02',
      '\xca\xfe\xba\xbf\0\0\0\x01',
      '\xcf\xfa\xed\xfe',
      '\xfe\xed\xfa\xce',
    );
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 5000 }), (start, rest) => {
        const bytes = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
        checkReport(inspector.inspectBytes(bytes), bytes);
      }),
      { numRuns: 3000 },
    );
  });
});
