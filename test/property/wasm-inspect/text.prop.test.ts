import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesOfText, systemPath, textOfBytes } from '#wasm-inspect/host/text.ts';

describe('text of bytes', () => {
  it('turns back into the same bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        assert.deepEqual(Buffer.from(bytesOfText(textOfBytes(bytes))), Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('is the text itself where the bytes are UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (text) => {
        fc.pre(text.isWellFormed());
        assert.equal(textOfBytes(Buffer.from(text)), text);
        assert.equal(systemPath(textOfBytes(Buffer.from(text))).toString(), text);
      }),
      { numRuns: 1000 },
    );
  });

  it('never has a replacement character that was not there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const hadOne = Buffer.from(bytes).includes(Buffer.from('\ufffd'));
        assert.equal(textOfBytes(bytes).includes('\ufffd'), hadOne);
      }),
    );
  });
});
