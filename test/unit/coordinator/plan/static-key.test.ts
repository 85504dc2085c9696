/** What changes a key and what doesn't. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInput, PlanRecipe, RecipeFile } from '#coordinator/plan/plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import type { Script } from '#proto/recipe/recipe.ts';
import {
  inlineScript,
  output,
  planInput,
  recipe,
  scriptTest,
  settings,
  staging,
  tree,
} from '../../../support/rendered-outputs.ts';

const fileScript = (file: string): Script => ({
  env: {},
  secrets: [],
  body: { kind: 'file', file },
});
const file = (path: string, content = path, mentionsRecipeDir = false): RecipeFile => ({
  path,
  digest: content,
  mentionsRecipeDir,
});

function keys(
  change: {
    recipe?: Partial<PlanRecipe>;
    input?: Partial<PlanInput>;
    script?: Script;
    packageScript?: Script;
  } = {},
): {
  stage: string;
  package: string;
  test: string;
} {
  const base = staging('base', {
    script: change.script ?? fileScript('build.sh'),
    source: [
      {
        kind: 'path',
        path: 'src',
        patches: ['fix.patch'],
        filter: { include: [], exclude: [] },
        use_gitignore: true,
      },
      {
        kind: 'path',
        path: '../shared',
        patches: [],
        filter: { include: [], exclude: [] },
        use_gitignore: true,
      },
    ],
  });
  const outputs = [
    output({
      name: 'a',
      staging: [base],
      tests: [scriptTest()],
      ...(change.packageScript === undefined ? {} : { script: change.packageScript }),
    }),
  ];
  const files = [
    file('build.sh'),
    file('fix.patch'),
    file('src/main.c'),
    file('README.md'),
    file('pack.sh'),
  ];
  const bundle = {
    recipeFile: 'recipe.yaml',
    recipeDir: tree('dir'),
    pathSources: { '../shared': tree('shared') },
  };
  const planned = planRun(
    planInput([recipe(outputs, { files, bundle, ...change.recipe })], change.input),
  );
  assert.ok(planned.ok, planned.ok ? '' : planned.failure.message);
  const key = (kind: string) =>
    planned.value.tasks.find((task) => task.kind === kind)?.staticKey ?? '';
  return { stage: key('stage'), package: key('package'), test: key('test') };
}

const withFiles = (...files: RecipeFile[]): Partial<PlanRecipe> => ({ files });
const before = keys();
const plainFiles = [
  file('build.sh'),
  file('fix.patch'),
  file('src/main.c'),
  file('README.md'),
  file('pack.sh'),
];
const withFile = (changed: RecipeFile): Partial<PlanRecipe> =>
  withFiles(...plainFiles.map((old) => (old.path === changed.path ? changed : old)));

describe('a static key', () => {
  it('is the same for the same inputs, wherever and whenever', () => {
    assert.deepEqual(keys(), before);
    const moved = keys({
      recipe: { timestamp: { epochSeconds: 5, origin: 'submission' }, label: '/elsewhere' },
    });
    assert.deepEqual(moved, before);
  });

  it('changes for everything after it when a script, a patch, a source or a tree outside changes', () => {
    const shared = {
      recipeFile: 'recipe.yaml',
      recipeDir: tree('dir'),
      pathSources: { '../shared': tree('other') },
    };
    const changes: Partial<PlanRecipe>[] = [
      withFile(file('build.sh', 'new')),
      withFile(file('fix.patch', 'new')),
      withFile(file('src/main.c', 'new')),
      { bundle: shared },
    ];
    for (const change of changes) {
      const after = keys({ recipe: change });
      assert.notEqual(after.stage, before.stage);
      assert.notEqual(after.package, before.package);
      assert.notEqual(after.test, before.test);
    }
  });

  it('stays when a file changes that nothing names', () => {
    assert.deepEqual(keys({ recipe: withFile(file('README.md', 'new')) }), before);
    assert.deepEqual(keys({ recipe: withFile(file('pack.sh', 'new')) }), before);
  });

  it('changes with any file when a script or a source file mentions RECIPE_DIR', () => {
    const other = {
      recipeFile: 'recipe.yaml',
      recipeDir: tree('changed'),
      pathSources: { '../shared': tree('shared') },
    };
    const inline = inlineScript('cp $RECIPE_DIR/x .');
    assert.notEqual(
      keys({ script: inline }).stage,
      keys({ script: inline, recipe: { bundle: other } }).stage,
    );
    const mentioning = withFile(file('src/main.c', 'c', true));
    assert.notEqual(
      keys({ recipe: mentioning }).stage,
      keys({ recipe: { ...mentioning, bundle: other } }).stage,
    );
    assert.equal(keys({ recipe: { bundle: other } }).stage, before.stage);
  });

  it('of a package alone changes with its own script, its format and the recipe it carries', () => {
    const own = keys({ packageScript: fileScript('pack.sh') });
    const ownChanged = keys({
      packageScript: fileScript('pack.sh'),
      recipe: withFile(file('pack.sh', 'new')),
    });
    assert.equal(own.stage, ownChanged.stage);
    assert.notEqual(own.package, ownChanged.package);
    const format = keys({
      input: { settings: { ...settings, packageFormat: { kind: 'tar-bz2', level: 9 } } },
    });
    assert.equal(format.stage, before.stage);
    assert.notEqual(format.package, before.package);
    const carrying = (dir: string) =>
      keys({
        input: { settings: { ...settings, includeRecipe: true } },
        recipe: {
          bundle: {
            recipeFile: 'recipe.yaml',
            recipeDir: tree(dir),
            pathSources: { '../shared': tree('shared') },
          },
        },
      });
    assert.equal(carrying('one').stage, carrying('two').stage);
    assert.notEqual(carrying('one').package, carrying('two').package);
  });

  it('covers channels, isolation, priority, cut-off date and a fixed time', () => {
    const changes: Partial<PlanInput>[] = [
      { channels: [{ url: 'https://example.org/other', name: 'channel' }] },
      { settings: { ...settings, envIsolation: 'none' } },
      { settings: { ...settings, channelPriority: 'disabled' } },
      { settings: { ...settings, excludeNewerMs: 1 } },
    ];
    for (const input of changes) assert.notEqual(keys({ input }).stage, before.stage);
    const fixed = (epochSeconds: number) =>
      keys({ recipe: { timestamp: { epochSeconds, origin: 'SOURCE_DATE_EPOCH' } } });
    assert.notEqual(fixed(1).stage, fixed(2).stage);
  });

  it('does not cover the commit that the recipe came from', () => {
    const bundle = { recipeFile: 'recipe.yaml', recipeDir: tree('directory'), pathSources: {} };
    const at = (digit: string): string => {
      const revision = { commit: digit.repeat(40), isModified: digit === '2' };
      const submitted = recipe([output({ name: 'a' })], { bundle: { ...bundle, revision } });
      const plan = planRun(planInput([submitted]));
      assert.ok(plan.ok);
      return plan.value.submissionDigest;
    };
    assert.equal(at('1'), at('2'));
  });

  it('does not cover limits, threads and whether the work directory is kept', () => {
    const other = {
      ...settings,
      cpuCount: 64,
      keepBuild: true,
      scriptTimeoutMs: 1,
      silentTimeoutMs: 1,
    };
    assert.deepEqual(keys({ input: { settings: other } }), before);
  });

  it('covers the whole directory when its files are not known', () => {
    const unknown = (dir: string) => {
      const { files: _files, ...rest } = recipe([output({ name: 'a' })]);
      const bundle = { recipeFile: 'recipe.yaml', recipeDir: tree(dir), pathSources: {} };
      return planRun(planInput([{ ...rest, bundle }]));
    };
    const [one, two] = [unknown('one'), unknown('two')];
    assert.ok(one.ok && two.ok);
    assert.notEqual(one.value.tasks[0]?.staticKey, two.value.tasks[0]?.staticKey);
  });

  it('is refused for a source outside the directory that was not bundled', () => {
    const bundle = { recipeFile: 'recipe.yaml', recipeDir: tree('dir'), pathSources: {} };
    const source = [
      {
        kind: 'path' as const,
        path: '../shared',
        patches: [],
        filter: { include: [], exclude: [] },
        use_gitignore: true,
      },
    ];
    const planned = planRun(planInput([recipe([output({ name: 'a', source })], { bundle })]));
    assert.ok(!planned.ok);
    assert.equal(planned.failure.code, 'SOURCE_NOT_FOUND');
    assert.match(planned.failure.message, /\.\.\/shared/);
  });
});
