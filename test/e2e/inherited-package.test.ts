/** A package output that inherits from a package output: built from what that one's script makes. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RecipeYard } from '../support/recipe-yard.ts';

const yard = new RecipeYard();
after(() => yard.remove());

const text = `recipe: {name: pair, version: "1"}
outputs:
  - package: {name: tool}
    build:
      script:
        - mkdir -p $PREFIX/bin $PREFIX/share
        - echo tool > $PREFIX/bin/tool
        - echo manual > $PREFIX/share/manual
        - echo left > left.txt
      files: [bin/]
  - package: {name: manual}
    inherit: tool
    build:
      script: test "$(cat left.txt)" = left && test -e $PREFIX/bin/tool
      files: [share/]
    tests:
      - package_contents:
          files: {exists: [share/manual], not_exists: [bin/tool]}
          strict: true
`;

describe('an output that inherits from a package output', { timeout: 120_000 }, () => {
  it('is built with its files and its work directory', async () => {
    const outcome = await yard.buildRecipe(yard.recipe('pair', text));
    assert.equal(outcome.code, 0, `${outcome.stdout}\n${outcome.stderr}`);
    assert.equal(yard.indexed().length, 2);
  });
});
