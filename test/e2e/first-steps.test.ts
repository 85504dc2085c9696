/** What somebody meets who tries the command for the first time. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RecipeYard } from '../support/recipe-yard.ts';

const simple = `package:
  name: simple
  version: 1.0
build:
  script: mkdir -p $PREFIX && touch $PREFIX/simple.txt
`;

describe('first steps', () => {
  let yard: RecipeYard;
  beforeEach(() => {
    yard = new RecipeYard();
  });
  afterEach(() => yard.remove());

  it('are told where --keep-build left a work directory', async () => {
    const outcome = await yard.buildRecipe(yard.recipe('simple', simple), ['--keep-build']);
    assert.equal(outcome.code, 0, outcome.stderr);
    const kept = /kept (\S+)/.exec(outcome.stdout)?.[1] ?? '';
    assert.ok(existsSync(join(kept, 'conda_build.sh')), outcome.stdout);
  });

  it('end at once for a channel that is not there', async () => {
    const recipe = yard.recipe('simple', simple);
    for (const [channel, says] of [
      [join(yard.directory, 'nowhere'), /nowhere does not exist/],
      [`file://${yard.directory}/nowhere`, /nowhere does not exist/],
      ['', /--channel: give a URL, a directory or a name/],
    ] as const) {
      const outcome = await yard.buildRecipe(recipe, ['-c', channel]);
      assert.equal(outcome.code, 2, channel);
      assert.match(outcome.stderr, says);
      assert.doesNotMatch(outcome.stdout, /start package/);
    }
  });

  it('are told once why packages are not reproducible, and what to do', async () => {
    const one = yard.recipe('one', simple.replace('simple', 'one'));
    const needsOne = `${simple.replace('simple', 'two')}requirements:\n  host: [one]\n`;
    const outcome = await yard.run(yard.words([one, yard.recipe('two', needsOne)]));
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /installing, 1 package$/m);
    const told = outcome.stdout.match(/2 packages are not reproducible: .*SOURCE_DATE_EPOCH/g);
    assert.equal(told?.length, 1, outcome.stdout);
  });

  it('are pointed to the help of the command they meant', async () => {
    const outcome = await yard.run(['build', '--no-such-flag']);
    assert.equal(outcome.code, 2);
    assert.match(outcome.stderr, /^stageyard: unknown option '--no-such-flag'/);
    assert.match(outcome.stderr, /stageyard build --help/);
  });
});
