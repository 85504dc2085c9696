/** `build.skip`, as rattler-build decides it: a condition that fails is false. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rendered } from '../../../../support/render-text.ts';

const recipe = (condition: string): string =>
  `recipe: {version: "1"}\noutputs:\n  - package: {name: a}\n    build: {skip: '${condition}'}\n`;

describe('build.skip', () => {
  for (const condition of [
    'nosuch',
    'not nosuch',
    'nosuch == "a"',
    'nosuch != "a"',
    'nosuch or true',
    'true and nosuch',
    'not (true and nosuch)',
    'nosuch ~ "a"',
    'match("3", ".*")',
    'match(a ~ b, ">1")',
  ]) {
    it(`builds the output and warns where \`${condition}\` fails`, () => {
      const { outputs, notices } = rendered(recipe(condition));
      assert.equal(outputs.length, 1);
      assert.match(notices[0]?.message ?? '', /the output isn't skipped/);
    });
  }

  for (const condition of [
    'true or nosuch',
    'nosuch is undefined',
    'not nosuch | default(false)',
    'match(nosuch, ">1")',
    'linux and not win',
  ]) {
    it(`leaves the output out where \`${condition}\` holds`, () => {
      const { outputs, notices, skipped } = rendered(recipe(condition));
      assert.deepEqual([outputs, notices, skipped.length], [[], [], 1]);
    });
  }

  it('says nothing about a condition that is false', () => {
    assert.deepEqual(rendered(recipe('win or nosuch is defined')).notices, []);
  });
});
