/** Law: however a file is cut into pieces, the same occurrences are found: those that a plain search finds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PathScanner } from '#workers/staging/path-scanner.ts';

const paths = { prefix: '/p/host_env_placehold', work: '/p/work' };

function plainSearch(content: Buffer, text: string): number[] {
  const found: number[] = [];
  for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + 1)) found.push(at);
  return found;
}

describe('the path scanner', () => {
  it('finds the same in any pieces', () => {
    const part = fc.constantFrom(
      paths.prefix,
      paths.work,
      '/p',
      '/p/host_env',
      '/',
      'x',
      '\0',
      'work',
    );
    const content = fc.array(part, { maxLength: 20 }).map((parts) => Buffer.from(parts.join('')));
    const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 });
    const scanner = new PathScanner(paths);
    fc.assert(
      fc.property(content, cuts, (bytes, lengths) => {
        let offset = 0;
        for (const length of lengths.filter((_, index) => index < 20)) {
          if (offset + length >= bytes.length) break;
          scanner.push(bytes.subarray(offset, offset + length), false);
          offset += length;
        }
        scanner.push(bytes.subarray(offset), true);
        const mode = bytes.includes(0) ? 'binary' : 'text';
        const expected = (['prefix', 'work'] as const).flatMap((of) => {
          const offsets = plainSearch(bytes, paths[of]);
          return offsets.length === 0 ? [] : [{ of, mode, offsets }];
        });
        assert.deepEqual(scanner.finish().occurrences, expected);
      }),
      { numRuns: 2000 },
    );
  });
});
