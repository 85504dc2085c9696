/** One text for one value. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, canonicalPieces } from '#proto/canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts keys, leaves undefined members out and keeps the order of lists', () => {
    assert.equal(
      canonicalJson({ b: [2, 1, null], a: undefined, A: { y: true, x: 'é"\n' } }),
      '{"A":{"x":"é\\"\\n","y":true},"b":[2,1,null]}',
    );
  });

  it('reads back equal and does not depend on the order of insertion', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.equal(canonicalJson(reversed(value)), text);
      }),
      { seed: 7 },
    );
  });

  it('is the same in pieces, which are short where lists are long', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.jsonValue(), { maxLength: 250 }), (value, list) => {
        const document = { value, list, more: undefined };
        assert.equal([...canonicalPieces(document)].join(''), canonicalJson(document));
      }),
      { seed: 7 },
    );
    const tasks = Array.from({ length: 10_000 }, (_, id) => ({ id: `task ${id}` }));
    const pieces = [...canonicalPieces({ plan: { tasks } })];
    assert.ok(Math.max(...pieces.map(({ length }) => length)) < 5_000);
  });

  it('refuses what JSON can’t say', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [NaN, Infinity, undefined, [undefined], () => 1, Symbol('x'), 1n, circle]) {
      assert.throws(() => canonicalJson(value), TypeError);
    }
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
