/** Combinations of variant values (spec 2.2, 2.3). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { combinations, type MatrixProblem } from '#coordinator/render/variants/matrix.ts';
import type { VariantConfig } from '#coordinator/render/variants/config.ts';

const config = (
  values: Record<string, readonly (string | number)[]>,
  zipKeys: string[][] = [],
): VariantConfig => ({
  values: new Map(Object.entries(values)),
  zipKeys,
});
const failureOf = (result: ReturnType<typeof combinations>): MatrixProblem | undefined =>
  result.ok ? undefined : result.failure;
const of = (input: VariantConfig, ...used: string[]) => combinations(input, new Set(used));

describe('the matrix', () => {
  it('has one empty combination without used keys', () => {
    assert.deepEqual(of(config({ a: ['1'] })), { ok: true, value: [{}] });
  });

  it('crosses keys and ignores those without values', () => {
    const result = of(config({ a: ['1', '2'], b: ['x'] }), 'a', 'b', 'nosuch');
    assert.deepEqual(result, {
      ok: true,
      value: [
        { a: '1', b: 'x' },
        { a: '2', b: 'x' },
      ],
    });
  });

  it('orders by text: quoted strings, the shorter prefix first', () => {
    const result = of(config({ a: ['9', '3.10', '3.1', '10'] }), 'a');
    assert.deepEqual(result.ok && result.value.map(({ a }) => a), ['10', '3.1', '3.10', '9']);
  });

  it('advances zipped keys together and drops what that makes equal', () => {
    const zipped = config({ a: ['1', '1', '2'], b: ['x', 'y', 'z'] }, [['a', 'b']]);
    assert.deepEqual(of(zipped, 'a', 'b').ok && of(zipped, 'a'), {
      ok: true,
      value: [{ a: '1' }, { a: '2' }],
    });
  });

  it('checks lengths where the group is complete, used or not', () => {
    const unequal = config({ a: ['1', '2'], b: ['x'], c: ['p'] }, [['a', 'b']]);
    assert.equal(failureOf(of(unequal, 'c'))?.key, 'b');
    const { message, key } = failureOf(of(unequal, 'b')) ?? {};
    assert.equal(message, 'Zip key elements do not all have same length: b');
    assert.equal(key, 'b');
    assert.equal(of(config({ a: ['1', '2'] }, [['a', 'b']]), 'a').ok, true);
  });

  it('is bounded', () => {
    const many = Array.from({ length: 400 }, (_, index) => index);
    assert.match(JSON.stringify(of(config({ a: many, b: many }), 'a', 'b')), /160000 combinations/);
  });
});
