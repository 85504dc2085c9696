import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathWarnings } from '#workers/package/path-warnings.ts';

const messages = (...paths: string[]): string[] =>
  pathWarnings(paths).map((finding) => finding.message);

describe('pathWarnings', () => {
  it('says nothing about plain names', () => {
    assert.deepEqual(messages('bin/tool', 'lib/libx.so.1', 'share/a.txt'), []);
  });

  it('names what makes trouble elsewhere', () => {
    const table: readonly (readonly [readonly string[], RegExp])[] = [
      [['share/ä'], /outside ASCII: share\/ä/],
      [['a b'], /with spaces: a b/],
      [['x'.repeat(201)], /longer than 200/],
      [['a/File', 'a/file'], /differ in case only.*: a\/File and a\/file/],
      [['a.yaml', 'b.yml'], /several extensions for one kind of file: .yaml, .yml/],
      [['a.CC', 'b.cc'], /several extensions.*: .CC, .cc/],
      [['python-scripts/x'], /entry points.*: python-scripts\/x/],
    ];
    for (const [paths, message] of table) {
      const found = messages(...paths);
      assert.equal(found.length, 1, String(message));
      assert.match(found[0] ?? '', message);
    }
  });

  it('shows five examples and counts the rest', () => {
    const paths = Array.from({ length: 8 }, (_, index) => `a ${index}`);
    assert.match(messages(...paths)[0] ?? '', /a 0, a 1, a 2, a 3, a 4 and 3 more$/);
  });
});
