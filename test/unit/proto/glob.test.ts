/** Globs: the patterns themselves, the entries of recipes' lists, and the lists. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileGlob, compileGlobs, compileListGlob } from '#proto/glob.ts';

function matches(pattern: string, path: string): boolean {
  const compiled = compileGlob(pattern);
  assert.ok(compiled.ok, pattern);
  return compiled.value(path);
}

/** Pattern, paths that match, paths that don't. */
type Row = readonly [string, readonly string[], readonly string[]];

const patterns: readonly Row[] = [
  ['a', ['a'], ['b', 'a/b', 'aa', '']],
  ['a*b', ['ab', 'axb', 'a/x/b'], ['a', 'abc']],
  ['*', ['', 'a', 'a/b', '.hidden'], []],
  ['?', ['a', '/', 'é', '😀'], ['', 'ab']],
  ['*.py', ['a.py', 'a/b.py', '.py'], ['a.pyc']],
  ['lib/*.so.*', ['lib/a.so.1', 'lib/x/y.so.1.2'], ['lib/a.so', 'lib64/a.so.1']],
  ['**', ['', 'a', 'a/b'], []],
  ['**/a', ['a', '/a', 'x/a', 'x/y/a'], ['xa', 'a/b']],
  ['a/**', ['a/', 'a/b', 'a/b/c'], ['a', 'ab']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'axb', 'a/xb']],
  ['**/**/*.h', ['a.h', 'x/y/a.h'], ['a.c']],
  ['a/**/**/b', ['a/b', 'a/x/b'], ['ab']],
  ['**/', ['a', 'a/b'], []],
  ['**/**', ['a', 'a/b'], []],
  ['{**/a,b}', ['a', 'x/a', 'b'], ['x/b']],
  ['a**b', ['ab', 'a/q/b'], ['b']],
  ['{a,b}c', ['ac', 'bc'], ['c', 'abc']],
  ['{,a}c', ['c', 'ac'], ['bc']],
  ['{a,{b,c}/d}', ['a', 'b/d', 'c/d'], ['d', 'a/d']],
  ['lib{,/**}', ['lib', 'lib/a', 'lib/a/b'], ['liba', 'lib64/a']],
  ['x{*.a,*.b}y', ['x.ay', 'xq.by'], ['xy']],
  ['a,b', ['a,b'], ['a']],
  ['[abc]', ['a', 'c'], ['d', '[abc]']],
  ['[a-c]x', ['bx'], ['dx', '-x']],
  ['[!a]', ['b', '/'], ['a']],
  ['[^a-c]', ['d'], ['b']],
  ['[]a]', [']', 'a'], ['b']],
  ['[a-]', ['a', '-'], ['b']],
  ['[!]]', ['a'], [']']],
  ['\\*', ['*'], ['a']],
  ['\\{a,b\\}', ['{a,b}'], ['a']],
  ['[*]', ['*'], ['a']],
  ['Lib', ['Lib'], ['lib']],
  ['a.b', ['a.b'], ['axb']],
  ['(a|b)+$^', ['(a|b)+$^'], ['a']],
];

describe('a glob', () => {
  it('matches as globset does', () => {
    for (const [pattern, yes, no] of patterns) {
      for (const path of yes) assert.equal(matches(pattern, path), true, `${pattern} and ${path}`);
      for (const path of no) assert.equal(matches(pattern, path), false, `${pattern} and ${path}`);
    }
  });

  it('is refused where it cannot be read', () => {
    for (const pattern of [
      '[',
      '[a',
      '[z-a]',
      '{a',
      'a}',
      '{a,{b}',
      'a\\',
      `${'{'.repeat(20)}a${'}'.repeat(20)}`,
      'a'.repeat(5000),
    ]) {
      const compiled = compileGlob(pattern);
      assert.equal(compiled.ok, false, pattern);
    }
  });

  it('takes linear time, whatever the pattern', () => {
    assert.equal(matches(`${'a*'.repeat(40)}b`, 'a'.repeat(4000)), false);
    assert.equal(matches(`${'{a,aa}'.repeat(40)}b`, 'a'.repeat(4000)), false);
    assert.equal(matches(`${'**/'.repeat(40)}b`, `${'a/'.repeat(2000)}c`), false);
  });
});

describe('an entry of a list', () => {
  it('selects the path and all below it', () => {
    const rows: readonly Row[] = [
      ['lib', ['lib', 'lib/a', 'lib/a/b'], ['lib64', 'x/lib']],
      ['lib/', ['lib/a', 'lib/a/b'], ['lib']],
      ['./lib', ['lib', 'lib/a'], []],
      ['', ['a', 'a/b'], []],
      ['.', ['a', 'a/b'], []],
      ['./', ['a', 'a/b'], []],
      ['*.py', ['a.py', 'x/a.py', 'x.py/a'], ['a.pyc']],
      ['lib/lib*.so{,.*}', ['lib/liba.so', 'lib/liba.so.1'], ['lib/a.so']],
    ];
    for (const [entry, yes, no] of rows) {
      const compiled = compileListGlob(entry);
      assert.ok(compiled.ok, entry);
      for (const path of yes) assert.equal(compiled.value(path), true, `${entry} and ${path}`);
      for (const path of no) assert.equal(compiled.value(path), false, `${entry} and ${path}`);
    }
  });
});

describe('a list of globs', () => {
  const selects = (include: string[], exclude: string[], path: string): boolean =>
    compileGlobs({ include, exclude })(path);

  it('takes what an include matches and no exclude does', () => {
    assert.equal(selects(['lib/'], ['**/*.la'], 'lib/a.so'), true);
    assert.equal(selects(['lib/'], ['**/*.la'], 'lib/a.la'), false);
    assert.equal(selects(['lib/'], [], 'bin/a'), false);
  });

  it('takes everything but the excludes where nothing is included', () => {
    assert.equal(selects([], ['*.la'], 'bin/a'), true);
    assert.equal(selects([], ['*.la'], 'a.la'), false);
  });

  it('takes nothing where it is empty', () => {
    assert.equal(selects([], [], 'a'), false);
  });

  it('refuses an entry that cannot be read, by name', () => {
    assert.throws(() => compileGlobs({ include: ['a['], exclude: [] }), {
      code: 'RECIPE_INVALID',
      message: 'the glob `a[` cannot be read: `[` is not closed',
    });
  });
});
