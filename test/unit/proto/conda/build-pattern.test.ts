/** Patterns on build strings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileBuildPattern } from '#proto/conda/build-pattern.ts';

function fits(pattern: string, build: string): boolean {
  const compiled = compileBuildPattern(pattern);
  assert.ok(compiled.ok, pattern);
  return compiled.value(build);
}

describe('a build pattern', () => {
  it('is a text with wildcards', () => {
    for (const [pattern, yes, no] of [
      ['h1_0', 'h1_0', 'h1_01'],
      ['h*', 'h', 'gh'],
      ['*_cpython', 'h1_cpython', 'h1_cpython_0'],
      ['py3*_*0', 'py310_h_0', 'py310_h_1'],
      ['*a*a*', 'baab', 'bab'],
      ['*', '', '-'],
    ] as const) {
      assert.equal(fits(pattern, yes), true, `${pattern} ${yes}`);
      if (no !== '-') assert.equal(fits(pattern, no), false, `${pattern} ${no}`);
    }
  });

  it('may be a simple regular expression', () => {
    assert.equal(fits('^py3[0-9]+_h.*_\\d$', 'py310_habc_0'), true);
    assert.equal(fits('^py3[^0-9]?x+$', 'py3xx'), true);
    assert.equal(fits('^\\w+\\.a$', 'ab.a'), true);
    assert.equal(fits('^a.*$', 'ba'), false);
    assert.equal(compileBuildPattern('^(a|b)$').ok, false);
    assert.equal(compileBuildPattern('^a{2}$').ok, false);
    assert.equal(compileBuildPattern('a'.repeat(600)).ok, false);
  });

  it('never takes exponential time', () => {
    assert.equal(fits(`${'*a'.repeat(200)}b`, 'a'.repeat(5000)), false);
    assert.equal(fits(`^${'a*'.repeat(60)}b$`, 'a'.repeat(500)), false);
  });
});
