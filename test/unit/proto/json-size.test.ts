/** Texts of JSON that are not parsed because of what they would become. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonExcess } from '#proto/json-size.ts';

const padding = ' '.repeat(1024 * 1024);

describe('the size of what a text of JSON becomes', () => {
  it('is looked at in large texts only', () => {
    const deep = '['.repeat(100);
    assert.equal(jsonExcess(deep), undefined);
    assert.equal(jsonExcess(deep + padding), 'more than 64 levels');
    assert.equal(jsonExcess(`${'[]'.repeat(100)}${padding}`), undefined);
  });

  it('does not count what is inside of strings', () => {
    for (const inside of ['['.repeat(100), `\\"${'['.repeat(100)}`, '\\\\'])
      assert.equal(jsonExcess(`["${inside}", []]${padding}`), undefined, inside);
    assert.equal(jsonExcess(`["\\\\", ${'['.repeat(100)}${padding}`), 'more than 64 levels');
    assert.equal(jsonExcess(`["${padding}`), undefined);
  });
});
