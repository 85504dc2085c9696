/** Names that may be written like requirements, and names that are taken as they are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onlyOutput, refusals } from '../../../../support/render-text.ts';

const ignoring = (names: string): string =>
  `package: {name: a, version: "1"}\nrequirements: {ignore_run_exports: {from_package: ${names}}}\n`;
const secret = (names: string): string =>
  `package: {name: a, version: "1"}\nbuild: {script: {content: x, secrets: ${names}}}\n`;

describe('ignore_run_exports', () => {
  it('takes the names of whole requirements', () => {
    const names = `["foo >=1", Foo-Bar_x, "conda-forge::foo", "foo 1.2.*", "\${{ compiler('c') }}"]`;
    const output = onlyOutput(ignoring(names), {
      variants: { c_compiler: ['gcc'], c_compiler_version: ['13'] },
    });
    assert.deepEqual(output.requirements.ignore_run_exports.from_package, [
      'foo',
      'Foo-Bar_x',
      'foo',
      'foo',
      'gcc_linux-64',
    ]);
  });

  for (const names of ['[foo*]', '["foo 1 2"]', '[""]', '[a/b]', 'foo']) {
    it(`refuses ${names}`, () => {
      assert.equal(refusals(ignoring(names)).length, 1);
    });
  }
});

describe('secrets', () => {
  it('are names as they are', () => {
    const { script } = onlyOutput(secret('[A, 1, "${{ b }}"]')).build;
    assert.deepEqual(script.secrets, ['A', '1', '${{ b }}']);
  });

  it('stand under no condition', () => {
    assert.equal(refusals(secret('[{if: linux, then: A}]')).length, 1);
    assert.equal(refusals(secret('A')).length, 1);
  });
});
