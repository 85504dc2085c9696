/** What is rendered and then refused, before anything is built. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rendered } from '../../../support/render-text.ts';

const unsupported = (rest: string): string[] =>
  rendered(`package: {name: x, version: '1'}\n${rest}`).unsupported.map(({ message }) => message);

describe('a recipe that this version does not build', () => {
  const cases: Readonly<Record<string, readonly [string, RegExp]>> = {
    'git sources': ['source: {git: https://example.org/x.git}', /^git sources/],
    'late-bound patches': ['source: {path: ., patches: ["${{ SRC_DIR }}/p"]}', /^patches/],
    attestations: [
      'source: {url: https://example.org/x, attestation: {publishers: [a]}}',
      /^attestations/,
    ],
    'build steps': ['build: {steps: [{run: a}]}', /^`build.steps`/],
    'build flags': ['build: {flags: [a]}', /^`build.flags`/],
    extras: ['requirements: {extras: {a: [b]}}', /^`requirements.extras`/],
    'python tests': ['tests: [{python: {imports: [a]}}]', /^tests of kind python/],
    'late-bound licences': ['about: {license_file: ["${{ PREFIX }}/L"]}', /^licence files/],
  };
  for (const [what, [text, message]] of Object.entries(cases)) {
    it(`is rendered and refused for ${what}`, () => {
      const messages = unsupported(text);
      assert.equal(messages.length, 1);
      assert.match(messages[0] ?? '', message);
    });
  }

  it('is accepted where the part is not used', () => {
    assert.deepEqual(unsupported('build: {skip: linux}\ntests: [{python: {imports: [a]}}]'), []);
    assert.deepEqual(
      unsupported('source: [{if: win, then: {git: https://example.org/x.git}}]'),
      [],
    );
    assert.deepEqual(unsupported('tests: [{script: a}, {package_contents: {files: [b]}}]'), []);
  });
});
