/** Versions, constraints and match specs mean what the newest rattler means by them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { MatchSpec } from '#proto/conda/match-spec.ts';
import { Version } from '#proto/conda/version.ts';
import { VersionSpec } from '#proto/conda/version-spec.ts';
import { pythonVenv } from '../support/python-venv.ts';

const SEED = 2_026_082_1;
let python = '';

function ask(questions: readonly unknown[]): unknown[] {
  const script = join(import.meta.dirname, 'conda_specs.py');
  const text = execFileSync(python, [script], {
    input: JSON.stringify(questions),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const answers: unknown = JSON.parse(text);
  assert.ok(Array.isArray(answers));
  assert.equal(answers.length, questions.length);
  return answers;
}

const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] =>
  fc.sample(arbitrary, { numRuns: count, seed: SEED });

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
  'alpha',
  '0a',
  '1a',
  '2b3',
  'a0',
  'dev1',
  'post2',
  '_',
  '1_',
  'z',
  '3c4d',
);
const versionText = fc
  .record({
    pieces: fc.array(piece, { minLength: 1, maxLength: 4 }),
    separator: fc.constantFrom('.', '.', '.', '_', '-'),
    epoch: fc.constantFrom('', '', '', '', '1!', '0!'),
    local: fc.constantFrom('', '', '', '', '+1', '+a.2'),
    end: fc.constantFrom('', '', '', '', '_', '-', '.', '*'),
  })
  .map(({ pieces, separator, epoch, local, end }) => epoch + pieces.join(separator) + end + local);
const versions = (): string[] => sample(versionText, 2000).filter((text) => Version.parse(text).ok);

function parsed(text: string): Version {
  const version = Version.parse(text);
  assert.ok(version.ok, text);
  return version.value;
}

before(async () => {
  python = await pythonVenv();
});

describe('versions beside rattler', () => {
  it('are the same texts', () => {
    const texts = sample(versionText, 2000);
    const answers = ask(texts.map((text) => ({ kind: 'version', text })));
    for (const [index, text] of texts.entries()) {
      const version = Version.parse(text);
      assert.equal(version.ok ? String(version.value) : null, answers[index], text);
    }
  });

  it('have the same order and prefixes', () => {
    const texts = versions();
    const pairs = texts.flatMap((left, index) => {
      const cut = left.split('+')[0]?.replace(/[._-][^._-]*$/, '') ?? left;
      const others = [texts[texts.length - 1 - index] ?? '1', cut, `${left}`];
      return others.filter((right) => Version.parse(right).ok).map((right) => ({ left, right }));
    });
    const answers = ask(pairs.map((pair) => ({ kind: 'pair', ...pair })));
    for (const [index, { left, right }] of pairs.entries()) {
      const [a, b] = [parsed(left), parsed(right)];
      const ours = [Math.sign(a.compare(b)), a.startsWith(b), a.isCompatibleWith(b)];
      assert.deepEqual(ours, answers[index], `${left} and ${right}`);
    }
  });

  it('have the same successors', () => {
    // A trailing underscore would make rattler print what it can't read.
    const texts = versions().filter((text) => !/[_-](\+|$)/.test(text));
    const questions = texts.flatMap((text) =>
      [1, 2, 3].map((count) => ({ kind: 'bump', text, count })),
    );
    const answers = ask(questions);
    for (const [index, { text, count }] of questions.entries()) {
      const upper = parsed(text)
        .bumped(count - 1)
        .truncated(count)
        .withAlpha()
        .withoutLocal();
      if (!String(answers[index]).endsWith('_.0a0'))
        assert.equal(String(upper), answers[index], `${text} at ${count}`);
    }
  });
});

describe('constraints beside rattler', () => {
  const candidates = [
    '1',
    '1.0',
    '1.2',
    '1.2.0',
    '1.2.3',
    '1.20',
    '1.2a',
    '1.2.dev1',
    '1.2post1',
    '2',
    '2.0.1_',
    '1!1.2',
    '1.2+4',
    '0.9',
    '10',
    '1.2_',
    '1.3',
    '1.2rc1',
  ];
  const simple = fc
    .tuple(
      fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '~=', '=', ''),
      fc.constantFrom(...candidates),
      fc.constantFrom('', '', '.*', '*'),
    )
    .map((parts) => parts.join(''));
  const constraint = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      simple,
      fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join(',')),
      fc.array(tie('any'), { minLength: 2, maxLength: 2 }).map((parts) => parts.join('|')),
      tie('any').map((part) => `(${part})`),
    ),
  })).any;

  for (const strictness of ['strict', 'lenient'] as const) {
    it(`have the same text and allow the same versions, read ${strictness}ly`, () => {
      // Alone rattler takes `==1.2.*` for `==1.2`, in a match spec for `1.2.*`, which is what we always do.
      const texts = sample(constraint, 3000).filter((text) => !/==[^,|()]*\*/.test(text));
      const answers = ask(
        texts.map((text) => ({
          kind: 'constraint',
          text,
          strict: strictness === 'strict',
          versions: candidates,
        })),
      );
      for (const [index, text] of texts.entries()) {
        const spec = VersionSpec.parse(text, strictness);
        const ours = spec.ok
          ? [String(spec.value), candidates.map((version) => spec.value.matches(parsed(version)))]
          : null;
        assert.deepEqual(ours, answers[index], text);
      }
    });
  }
});

describe('match specs beside rattler', () => {
  const name = fc.constantFrom(
    'foo',
    'Foo',
    'r-base',
    'r.base',
    '_x',
    '__glibc',
    'foo*',
    'f/o',
    '',
  );
  const place = fc.constantFrom(
    '',
    '',
    '',
    'conda-forge::',
    'conda-forge/linux-64::',
    'a/label/b::',
  );
  const gap = fc.constantFrom(' ', ' ', '', '  ');
  const version = fc.constantFrom(
    '',
    '',
    '1.2',
    '=1.2',
    '==1.2',
    '>=1.2',
    '>= 1.2',
    '>=1,<2',
    '>=1 , <2',
    '1.2.*',
    '1.2*',
    '*',
    '=*',
    '1.2|1.3',
    '>=1|<0.5',
    '(>=1|<0.5),>0',
    '~=1.2',
    '!=1.2',
    '>=1.2.*',
    '>=1,',
    '=1.2.*',
    '==1!2.3+4',
    '1.2.*,<1.5',
    '>=',
  );
  const build = fc.constantFrom('', '', '', 'h1_0', 'h*', 'h*_cpython', 'h1-0', 'h1 0');
  const bracket = fc.constantFrom(
    '',
    '',
    '',
    '[build="h*"]',
    "[version='>=1']",
    '[version=1.2]',
    '[channel=bioconda]',
    '[subdir=linux-64]',
    '[build_number=3]',
    '[build_number=">=3"]',
    '[license=MIT]',
    '[nosuch=1]',
    '[]',
    '[build=h*,build_number=1]',
    '[',
  );
  const comment = fc.constantFrom('', '', '', ' # text', '#text');
  const specText = fc
    .tuple(place, name, gap, version, fc.constantFrom(' ', '='), build, bracket, comment)
    .map(
      ([at, packageName, space, constraint, join, pattern, keys, note]) =>
        at +
        packageName +
        (constraint === '' ? '' : space + constraint + (pattern === '' ? '' : join + pattern)) +
        keys +
        note,
    );

  for (const strictness of ['strict', 'lenient'] as const) {
    it(`have the same canonical text, read ${strictness}ly`, () => {
      const texts = [...new Set(sample(specText, 4000))];
      const answers = ask(
        texts.map((text) => ({ kind: 'match-spec', text, strict: strictness === 'strict' })),
      );
      const differences = texts.flatMap((text, index) => {
        const spec = MatchSpec.parse(text, strictness);
        const ours = spec.ok ? spec.value.toString() : null;
        return ours === answers[index] ? [] : [{ text, ours, theirs: answers[index] }];
      });
      assert.deepEqual(differences, []);
    });
  }
});
