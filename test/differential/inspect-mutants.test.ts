/** The long run of what `test/fuzz/inspect.test.ts` does in short: many mutants, and no memory that stays. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { checkMutants, trustingReader } from '../support/binary-mutants.ts';

const COUNT = 200_000;
/** Memory is compared with what it was after so many. */
const WARM = 40_000;
const GROWTH_BYTES_MAX = 64 << 20;

describe(`${COUNT} mutants`, () => {
  it('are each answered within a second, with facts or a finding, in memory that does not grow', () => {
    const inspector = createInspector();
    const read = (bytes: Uint8Array): ReturnType<typeof inspector.inspectBytes> =>
      inspector.inspectBytes(bytes);
    checkMutants(read, 0, WARM);
    const before = process.memoryUsage().rss;
    checkMutants(read, WARM, COUNT);
    const growth = process.memoryUsage().rss - before;
    process.stderr.write(
      `${COUNT} mutants, ${Math.round(growth / 1024)} KiB more memory after ${WARM}\n`,
    );
    assert.ok(growth < GROWTH_BYTES_MAX, `${growth} bytes more`);
  });

  it('are found wrong in a reader that trusts them (canary)', () => {
    assert.throws(() => checkMutants(trustingReader, 0, COUNT), /^Error: mutant \d+$/);
  });
});
