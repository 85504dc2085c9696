import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maskedData, secretMask, secretTexts } from '#workers/secrets/secret-mask.ts';

describe('the mask of secrets', () => {
  it('hides each value wherever it stands, the longer of two first', () => {
    const mask = secretMask(['abc', 'abcdef']);
    assert.equal(mask('abcdef abc xabcx'), '******** ******** x********x');
  });

  it('hides every line of a value of several, and no empty line', () => {
    const mask = secretMask(['-----BEGIN-----\r\nMIIE\n\n  \n']);
    assert.equal(mask('key: MIIE'), 'key: ********');
    assert.equal(mask('two  spaces\n\nand lines'), 'two  spaces\n\nand lines');
  });

  it('hides values as a shell’s trace, JSON and URLs write them', () => {
    const value = `it's "new"/ä`;
    const mask = secretMask([value]);
    for (const shown of [
      `+ echo 'it'\\''s "new"/ä'`,
      JSON.stringify({ value }),
      `https://example.org/?q=${encodeURIComponent(value)}`,
    ]) {
      assert.ok(mask(shown).includes('********'), shown);
      assert.ok(!mask(shown).includes('new'), shown);
    }
  });

  it('leaves no value in any text', () => {
    const secret = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => {
      // The mask's own character can't be told from what it hides.
      return text.trim() !== '' && !text.includes('*') && !/[\r\n]/.test(text);
    });
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), fc.string(), (values, rest) => {
        const shown = secretMask(values)(`${rest}${values.join(rest)}${rest}`);
        const longest = secretTexts(values)[0] ?? '';
        assert.ok(!shown.includes(longest));
      }),
    );
  });

  it('reaches every text of plain data and nothing else', () => {
    const mask = secretMask(['hunter2']);
    const data = { a: ['x hunter2', 1, null], b: { c: 'hunter2', d: true }, hunter2: 'key' };
    assert.deepEqual(maskedData(data, mask), {
      a: ['x ********', 1, null],
      b: { c: '********', d: true },
      hunter2: 'key',
    });
  });
});
