/**
 * Laws of versions and constraints over generated ones, and agreement with rattler's own implementation. The one
 * that solves here is older than the reference in how prefixes treat letters, so constraints are compared over
 * numbers; test/differential compares everything with the newest.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as rattler from '@conda-org/rattler';
import fc from 'fast-check';
import { Version } from '#proto/conda/version.ts';
import { VersionSpec } from '#proto/conda/version-spec.ts';

const piece = fc.constantFrom(
  '0',
  '1',
  '2',
  '10',
  'a',
  'b',
  'rc',
  'dev',
  'post',
  '0a',
  '1a',
  '2b3',
  'a0',
  'dev1',
  'post2',
  '3c4d',
);
const body = fc
  .tuple(
    fc.array(piece, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('.', '.', '.', '_', '-'),
    fc.constantFrom('', '', '', '_'),
  )
  .map(([pieces, separator, end]) => pieces.join(separator) + (separator === '-' ? '' : end));
const text = fc
  .tuple(
    fc.constantFrom('', '', '', '1!', '0!'),
    body,
    fc.option(fc.array(piece, { minLength: 1, maxLength: 2 }), { freq: 5, nil: undefined }),
  )
  .filter(([, version]) => !(version.includes('_') && version.includes('-')))
  .map(
    ([epoch, version, local]) =>
      `${epoch}${version}${local === undefined ? '' : `+${local.join('.')}`}`,
  );

function version(source: string): Version {
  const parsed = Version.parse(source);
  assert.ok(parsed.ok, source);
  return parsed.value;
}

const order = (left: string, right: string): number =>
  Math.sign(version(left).compare(version(right)));

/** A part of a version, so that prefixes are met often. */
const related = fc.oneof(
  fc.tuple(text, text),
  fc.tuple(text, fc.nat(3)).map(([whole, count]): [string, string] => {
    const parts = (whole.split('+')[0] ?? whole).split('.');
    return [
      whole,
      parts
        .slice(0, Math.max(1, parts.length - count))
        .join('.')
        .replace(/[_-]$/, ''),
    ];
  }),
);

describe('the order of versions', () => {
  it('is total', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        assert.equal(order(a, a), 0);
        assert.equal(order(a, b), -order(b, a) + 0);
        const [low = '', middle = '', high = ''] = [a, b, c].toSorted(order);
        assert.ok(order(low, middle) <= 0 && order(middle, high) <= 0 && order(low, high) <= 0);
      }),
    );
  });

  it('survives printing', () => {
    fc.assert(
      fc.property(text, (source) => {
        const printed = String(version(source));
        assert.equal(order(source, printed), 0);
        assert.equal(String(version(printed)), printed);
      }),
    );
  });

  it('agrees with rattler', () => {
    fc.assert(
      fc.property(related, ([left, right]) => {
        using theirLeft = new rattler.Version(left);
        using theirRight = new rattler.Version(right);
        assert.equal(
          order(left, right),
          Math.sign(theirLeft.compare(theirRight)),
          `${left} ${right}`,
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a constraint', () => {
  const numbers = fc
    .array(fc.constantFrom('0', '1', '2', '10'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('.'));
  const operator = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '~=', '=');
  const simple = fc.oneof(
    fc.tuple(operator, numbers).map(([sign, source]) => sign + source),
    numbers.map((source) => `${source}.*`),
    numbers.map((source) => `!=${source}.*`),
  );
  const constraint = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      simple,
      fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join(',')),
      fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join('|')),
      tie('any').map((part) => `(${part})`),
    ),
  })).any;

  it('allows what rattler allows, printed or not', () => {
    let allowed = 0;
    fc.assert(
      fc.property(
        constraint,
        fc.array(numbers, { minLength: 5, maxLength: 5 }),
        (source, versions) => {
          const spec = VersionSpec.parse(source, 'strict');
          assert.ok(spec.ok, source);
          const printed = VersionSpec.parse(spec.value.toString(), 'strict');
          assert.ok(printed.ok, source);
          assert.equal(printed.value.toString(), spec.value.toString());
          using theirs = new rattler.VersionSpec(source, 'strict');
          for (const candidate of versions) {
            using theirVersion = new rattler.Version(candidate);
            const expected = theirs.matches(theirVersion);
            if (expected) allowed += 1;
            assert.equal(
              spec.value.matches(version(candidate)),
              expected,
              `${source} ${candidate}`,
            );
            assert.equal(
              printed.value.matches(version(candidate)),
              expected,
              `${source} ${candidate}`,
            );
          }
        },
      ),
      { numRuns: 500 },
    );
    assert.ok(allowed > 100);
  });
});
