/** Pins with a concrete version. The table was made by building packages that pin each other with rattler-build. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyPin, checkPin } from '#proto/conda/pin.ts';
import type { PinArguments } from '#proto/recipe/recipe.ts';

type Row = readonly [string, Omit<PinArguments, 'name'>, string];
const three = { lower_bound: 'x.x.x', upper_bound: 'x.x.x' };
const two = { lower_bound: 'x.x', upper_bound: 'x.x' };

const rows: readonly Row[] = [
  ['1.2.3', {}, 'foo >=1.2.3,<2.0a0'],
  ['1.2.3', two, 'foo >=1.2,<1.3.0a0'],
  ['1.2.3', three, 'foo >=1.2.3,<1.2.4.0a0'],
  ['1.2.3', { upper_bound: 'x.x.x.x' }, 'foo >=1.2.3,<1.2.3.1.0a0'],
  ['1.2.3', { lower_bound: null }, 'foo <2.0a0'],
  ['1.2.3', { upper_bound: null }, 'foo >=1.2.3'],
  ['1.2.3', { lower_bound: null, upper_bound: null }, 'foo'],
  ['1.2.3', { lower_bound: '1.0' }, 'foo >=1.0,<2.0a0'],
  ['1.2.3', { upper_bound: '2.4' }, 'foo >=1.2.3,<2.4'],
  ['1.2.3', { exact: true }, 'foo ==1.2.3 h1234_0'],
  ['1.2.3', { build: 'h*' }, 'foo >=1.2.3,<2.0a0 h*'],
  ['1.2.3+4', {}, 'foo >=1.2.3+4,<2.0a0'],
  ['1.2.3+4', two, 'foo >=1.2+4,<1.3.0a0'],
  ['1!1.2', {}, 'foo >=1!1.2,<1!2.0a0'],
  ['1!1.2', three, 'foo >=1!1.2,<1!1.2.1.0a0'],
  ['1', three, 'foo >=1,<1.0.1.0a0'],
  ['9d', {}, 'foo >=9d,<10a'],
  ['9d', two, 'foo >=9d,<9d.1.0a0'],
  ['2024a', {}, 'foo >=2024a,<2025a'],
  ['1.2a3', two, 'foo >=1.2a3,<1.2a4'],
  ['1.2a3', three, 'foo >=1.2a3,<1.2a3.1.0a0'],
  ['1.2dev', two, 'foo >=1.2dev,<1.3dev.0a0'],
  ['1.2-3', three, 'foo >=1.2-3,<1.2-4.0a0'],
  ['01.2.3', { exact: true }, 'foo ==1.2.3 h1234_0'],
  ['1.2.3.4.5.6.7', {}, 'foo >=1.2.3.4.5.6,<2.0a0'],
];

describe('a pin', () => {
  it('becomes the constraint that rattler-build makes of it', () => {
    for (const [version, pin, expected] of rows) {
      const applied = applyPin({ name: 'Foo', ...pin }, version, 'h1234_0');
      assert.deepEqual(applied, { ok: true, value: expected }, `${version} ${JSON.stringify(pin)}`);
    }
  });

  it('without bounds still asks for its build', () => {
    const pin = { name: 'foo', lower_bound: null, upper_bound: null, build: 'h*' };
    assert.deepEqual(applyPin(pin, '1.2.3', 'x'), { ok: true, value: 'foo * h*' });
  });

  it('drops a trailing underscore from its upper bound', () => {
    assert.deepEqual(applyPin({ name: 'foo', upper_bound: 'x.x.x' }, '1.2.3_', 'x'), {
      ok: true,
      value: 'foo >=1.2.3_,<1.2.4.0a0',
    });
  });

  it('is refused where its arguments contradict each other or are no bounds', () => {
    assert.match(checkPin({ name: 'foo', exact: true, build: 'h*' }) ?? '', /excludes `build`/);
    assert.match(checkPin({ name: 'foo', upper_bound: 'x..x' }) ?? '', /upper_bound/);
    assert.equal(checkPin({ name: 'foo', lower_bound: null }), null);
    assert.equal(applyPin({ name: 'foo' }, 'no version', 'x').ok, false);
  });
});
