/** Law: texts are ordered like their UTF-8 bytes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareBytes } from '#proto/byte-order.ts';

describe('the order by bytes', () => {
  it('is that of the UTF-8 bytes, surrogates included', () => {
    const unit = fc.oneof(
      fc.constantFrom('a', 'b', '\uffff', '\ud7ff', '\ue000', '\u{1f600}', '\u{10ffff}'),
      fc.string({ unit: 'binary' }),
    );
    const text = fc.array(unit, { maxLength: 4 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
  });
});
