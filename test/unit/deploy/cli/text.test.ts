import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clip } from '#deploy/cli/present/display-width.ts';
import {
  columns,
  formatDuration,
  formatSize,
  headOf,
  printable,
} from '#deploy/cli/present/text.ts';

describe('terminal text', () => {
  it('writes sizes in binary units', () => {
    assert.deepEqual([0, 1023, 1024, 1_572_864].map(formatSize), [
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 MiB',
    ]);
  });

  it('writes durations for people', () => {
    assert.deepEqual([420, 12_000, 185_000, 7_440_000].map(formatDuration), [
      '0.4 s',
      '12 s',
      '3 min 05 s',
      '2 h 04 min',
    ]);
  });

  it('lines columns up without trailing spaces', () => {
    assert.deepEqual(
      columns(
        [
          ['a', 'bb', ''],
          ['ccc', 'd', 'e'],
        ],
        ' ',
      ),
      [' a     bb', ' ccc   d    e'],
    );
  });

  it('makes control characters visible', () => {
    assert.equal(printable('a\u001b[2Jb\r'), 'a\\x1b[2Jb\\x0d');
    assert.equal(printable('\u202eexe'), '\\x202eexe');
  });

  it('says of a message with more lines only its head', () => {
    assert.equal(headOf('what is left:\n  $PREFIX/a'), 'what is left');
  });

  it('cuts long lines', () => {
    assert.equal(clip('abcdef', 4), 'abc…');
    assert.equal(clip('abc', 4), 'abc');
    assert.equal(clip('日本語日本語', 6), '日本…');
    assert.equal(clip('e\u0301e\u0301e\u0301', 3), 'e\u0301e\u0301e\u0301');
  });
});
