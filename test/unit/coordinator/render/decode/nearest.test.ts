/** Suggestions for misspelt words. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { nearestWord } from '#coordinator/render/decode/nearest.ts';

const words = ['build', 'host', 'run', 'run_exports', 'requirements'];

it('the nearest word is the one with the fewest edits', () => {
  assert.equal(nearestWord('buid', words), 'build');
  assert.equal(nearestWord('hsot', words), 'host');
  assert.equal(nearestWord('run-exports', words), 'run_exports');
  assert.equal(nearestWord('REQUIREMENT', words), 'requirements');
});

it('a word that resembles none has no suggestion', () => {
  assert.equal(nearestWord('summary', words), undefined);
  assert.equal(nearestWord('x', words), undefined);
  assert.equal(nearestWord('b'.repeat(1000), words), undefined);
});
