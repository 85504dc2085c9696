import assert from 'node:assert/strict';
import test from 'node:test';
import { systemRandomSource } from '#proto/adapters/system-random-source.ts';

test('hex has two digits a byte and does not repeat', () => {
  const drawn = Array.from({ length: 100 }, () => systemRandomSource.hex(8));
  for (const text of drawn) assert.match(text, /^[0-9a-f]{16}$/);
  assert.equal(new Set(drawn).size, 100);
});

test('unit stays in [0, 1) and fills it', () => {
  const drawn = Array.from({ length: 1000 }, () => systemRandomSource.unit());
  assert.ok(drawn.every((value) => value >= 0 && value < 1));
  assert.ok(Math.min(...drawn) < 0.1 && Math.max(...drawn) > 0.9);
});
