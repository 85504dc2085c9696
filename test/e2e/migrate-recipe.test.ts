/** `stageyard migrate-recipe` and `stageyard schema`, as people call them. */
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Yard } from '../support/stageyard.ts';

const old = `# kept
recipe: {name: lib, version: 1}
cache:
  build: {script: make}
outputs:
  - package: {name: lib}
`;
const migrated = `# kept
recipe: {name: lib, version: 1}
outputs:
  - staging:
      name: lib-build
    build: {script: make}

  - package: {name: lib}
    inherit: lib-build
`;

describe('stageyard migrate-recipe', () => {
  const yard = new Yard();
  after(() => yard.remove());
  const recipe = join(yard.directory, 'recipe.yaml');

  it('prints with --dry-run, and writes nothing', async () => {
    writeFileSync(recipe, old);
    const outcome = await yard.run(['migrate-recipe', '--dry-run']);
    assert.deepEqual([outcome.code, outcome.stdout, outcome.stderr], [0, migrated, '']);
    assert.equal(readFileSync(recipe, 'utf8'), old);
  });

  it('replaces the file behind a link, keeps its mode and says what it did', async () => {
    writeFileSync(recipe, old);
    chmodSync(recipe, 0o640);
    const link = join(yard.directory, 'link.yaml');
    symlinkSync(recipe, link);
    const outcome = await yard.run(['migrate-recipe', '-r', link]);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /staging output `lib-build`, which 1 package output inherits/);
    assert.equal(readFileSync(recipe, 'utf8'), migrated);
    assert.equal(statSync(recipe).mode & 0o777, 0o640);
    assert.ok(lstatSync(link).isSymbolicLink());
  });

  it('renders the same before and after', async () => {
    const render = async (input: string): Promise<unknown> => {
      const outcome = await yard.build(['--render-only', '-r', '-'], { input });
      assert.equal(outcome.code, 0, outcome.stderr);
      return JSON.parse(outcome.stdout);
    };
    assert.deepEqual(await render(migrated), await render(old));
  });

  it('reads standard input and prints', async () => {
    const outcome = await yard.run(['migrate-recipe', '-r', '-'], { input: old });
    assert.deepEqual([outcome.code, outcome.stdout], [0, migrated]);
  });

  it('says why a recipe is left as it is', async () => {
    writeFileSync(recipe, migrated);
    const again = await yard.run(['migrate-recipe']);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /there is no top-level `cache:` to migrate/);
    const missing = await yard.run(['migrate-recipe', '-r', 'nowhere']);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /no recipe at `nowhere`/);
    assert.equal((await yard.run(['migrate-recipe', '--nosuch'])).code, 2);
  });
});

describe('stageyard schema', () => {
  const yard = new Yard();
  after(() => yard.remove());

  it('prints a JSON schema', async () => {
    const outcome = await yard.run(['schema']);
    assert.equal(outcome.code, 0, outcome.stderr);
    const schema: unknown = JSON.parse(outcome.stdout);
    assert.ok(typeof schema === 'object' && schema !== null && '$schema' in schema);
  });
});
