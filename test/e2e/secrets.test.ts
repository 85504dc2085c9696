/** Secrets of scripts: used, shown nowhere, stored nowhere; and what a result says of its making beside them. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SqliteJournal } from '#proto/adapters/sqlite-journal.ts';
import { decodeStep } from '#coordinator/core/fact-codec.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import { readTaskOutput } from '#proto/task-documents.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import { git } from '../support/file-trees.ts';
import { RecipeYard } from '../support/recipe-yard.ts';
import { filesWith, storedFiles } from '../support/stored-bytes.ts';
import type { CommandOutcome } from '../support/stageyard.ts';

const limits = { timeout: 120_000 };
const VALUES = {
  SIGN_KEY: `it's "one" of 42`,
  PACK_KEY: 'pack-key-4711',
  TEST_KEY: 'line one\nline-two-99',
};
/** What gives a value away, however it is written. */
const TRACES = [
  ...Object.values(VALUES).flatMap((value) => value.split('\n')),
  `it'\\''s "one" of 42`,
  encodeURIComponent(VALUES.SIGN_KEY),
  JSON.stringify(VALUES.SIGN_KEY).slice(1, -1),
];

const RECIPE = `recipe: {name: signed, version: "1"}
outputs:
  - staging: {name: signed-build}
    build:
      script:
        secrets: [SIGN_KEY]
        content: |
          echo "key $SIGN_KEY"
          printf '%s' "$SIGN_KEY" | sha256sum | cut -c1-64 > key.sum
          echo "$SIGN_KEY" | sed 's/"/\\\\"/g'
          head -c 40000000 /dev/zero > large; sleep 0.3
          mkdir -p $PREFIX/share; cp key.sum $PREFIX/share/signed.sum
  - package: {name: signed}
    inherit: signed-build
    build:
      files: ["share/**"]
      script:
        secrets: [PACK_KEY]
        content: |
          printenv
          printf '%s' "$PACK_KEY" | sha256sum | cut -c1-64 > $PREFIX/share/packed.sum
    tests:
      - script:
          secrets: [TEST_KEY]
          content: |
            set
            test -n "$TEST_KEY"
`;

/** The journal of the only run of a store. */
async function factsOf(store: string): Promise<readonly Fact[]> {
  const [path] = globSync(join(store, 'runs', '*', 'journal.sqlite'));
  assert.ok(path !== undefined);
  const opened = await SqliteJournal.open(path);
  assert.ok(opened.kind === 'opened');
  const facts: Fact[] = [];
  for await (const { body } of opened.journal.read(1)) {
    facts.push(...decodeStep(new TextDecoder().decode(body)).facts);
  }
  await opened.journal.close();
  return facts;
}

describe('secrets that scripts of all kinds use', limits, () => {
  const yard = new RecipeYard();
  let outcome: CommandOutcome;
  let commit = '';
  before(async () => {
    const recipe = yard.recipe('signed', RECIPE);
    git(yard.directory, 'init', '--quiet');
    git(yard.directory, 'add', 'recipes');
    git(yard.directory, 'commit', '--quiet', '-m', 'first');
    commit = git(yard.directory, 'rev-parse', 'HEAD').trim();
    outcome = await yard.buildRecipe(recipe, ['--verbose'], { env: VALUES });
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  });
  after(() => yard.remove());

  it('reach the scripts', async () => {
    const files = await storedFiles(yard.output);
    const sums = files.filter(({ path }) => /(signed|packed)\.sum$/.test(path));
    assert.equal(sums.length, 2);
    assert.match(outcome.stdout, /key \*{8}/);
  });

  it('are in nothing that was said, and in no file of store, journal, channel and logs', async () => {
    const said = outcome.stdout + outcome.stderr;
    for (const trace of TRACES) assert.ok(!said.includes(trace), trace);
    assert.deepEqual(await filesWith(yard.directory, TRACES), []);
  });

  it('are where the search would find them', async () => {
    // Names travel, values don't: the same search finds the former.
    const names = await filesWith(yard.store, Object.keys(VALUES));
    assert.ok(names.some((path) => path.includes('/blobs/')));
    const sum = await filesWith(yard.store, ['key.sum']);
    assert.ok(sum.some((path) => path.endsWith('(unpacked)')));
  });

  it('leave a journal that says what each attempt used', async () => {
    const facts = await factsOf(yard.store);
    const done = facts.flatMap((fact) => (fact.kind === 'task-done' ? [fact] : []));
    assert.equal(done.length, 3);
    for (const { task, measures } of done) {
      assert.ok(measures.wallMs > 0, task);
      assert.ok(measures.scriptMs > 0, task);
      // A script that is over before the first look was not measured.
      assert.notEqual(measures.peakMemoryBytes, 0, task);
      assert.ok((measures.diskBytes ?? 0) > 1024, task);
    }
    const stage = done.find(({ task }) => task.startsWith('stage:'));
    assert.ok((stage?.measures.diskBytes ?? 0) >= 40_000_000);
    assert.ok((stage?.measures.peakMemoryBytes ?? 0) > 1024 ** 2);
  });

  it('leave results that say what they were made from', () => {
    const outputs = globSync(join(yard.store, 'blobs', '**'))
      .filter((path) => !path.endsWith('blobs'))
      .flatMap((path): TaskOutput[] => {
        try {
          return [readTaskOutput(readFileSync(path, 'utf8'))];
        } catch {
          return [];
        }
      });
    const made = Object.fromEntries(
      outputs.flatMap((one) => (one.kind === 'test' ? [] : [[one.kind, one] as const])),
    );
    const { stage, package: packed } = made;
    assert.ok(stage?.kind === 'stage' && packed?.kind === 'package');
    for (const { provenance } of [stage, packed]) {
      assert.deepEqual(provenance?.revision, { commit, isModified: false });
      assert.match(provenance?.worker.system ?? '', /^linux/);
    }
    assert.equal(packed.provenance?.recipe, stage.provenance?.recipe);
    assert.deepEqual(packed.provenance?.snapshots, [stage.manifest.digest]);
    assert.deepEqual(stage.provenance?.snapshots, []);
  });
});

describe('a script that leaves a secret behind', limits, () => {
  const refused = async (script: string, says: RegExp, staged = false): Promise<void> => {
    const yard = new RecipeYard();
    const build = `build: {script: {secrets: [PACK_KEY], content: ${JSON.stringify(script)}}}`;
    const text = staged
      ? `recipe: {name: leaky, version: "1"}\noutputs:\n  - staging: {name: leaky-build}\n    ${build}\n  - package: {name: leaky}\n    inherit: leaky-build\n`
      : `package: {name: leaky, version: "1"}\n${build}\n`;
    const outcome = await yard.buildRecipe(yard.recipe('leaky', text), [], { env: VALUES });
    assert.equal(outcome.code, 1, outcome.stdout + outcome.stderr);
    const said = outcome.stdout + outcome.stderr;
    assert.match(said, /left the value of the secret PACK_KEY where it would be stored/);
    assert.match(said, says);
    for (const place of [yard.store, yard.output]) {
      assert.deepEqual(await filesWith(place, [VALUES.PACK_KEY]), [], place);
    }
    assert.ok(!said.includes(VALUES.PACK_KEY));
    yard.assertChannel([]);
    await yard.remove();
  };

  it('in a packaged file fails, and the file is named', () =>
    refused('mkdir $PREFIX/etc; echo "$PACK_KEY" > $PREFIX/etc/conf', /\$PREFIX\/etc\/conf/));

  it('in the work directory of a staging output fails as well', () =>
    refused('mkdir $PREFIX/x; touch $PREFIX/x/y; env > saved.env', /\$SRC_DIR\/saved\.env/, true));

  it('in the work directory of a package does no harm: it is not kept', async () => {
    const yard = new RecipeYard();
    const script = 'mkdir $PREFIX/x; touch $PREFIX/x/y; env > saved.env';
    const text = `package: {name: fine, version: "1"}\nbuild: {script: {secrets: [PACK_KEY], content: ${JSON.stringify(script)}}}\n`;
    const outcome = await yard.buildRecipe(yard.recipe('fine', text), [], { env: VALUES });
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    assert.deepEqual(await filesWith(yard.directory, [VALUES.PACK_KEY]), []);
    await yard.remove();
  });
});
