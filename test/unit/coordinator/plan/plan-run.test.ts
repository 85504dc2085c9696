/** Which tasks a run has, and who waits for whom. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Plan, PlanInput, PlanRecipe } from '#coordinator/plan/plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import {
  output,
  planInput,
  recipe,
  scriptTest,
  staging,
} from '../../../support/rendered-outputs.ts';

function planned(recipes: readonly PlanRecipe[], more: Partial<PlanInput> = {}): Plan {
  const result = planRun(planInput(recipes, more));
  assert.ok(result.ok, result.ok ? '' : result.failure.message);
  return result.value;
}

/** `kind:name`, without version, build string and key. */
function brief(id: string): string {
  return id.replace(/-\d[^-]*-\w+$|:[0-9a-f]{8}(@\w+)?$/, '');
}

function edgesOf(plan: Plan): Record<string, string[]> {
  return Object.fromEntries(
    plan.tasks.map(({ id, dependsOn }) => [brief(id), dependsOn.map(brief)]),
  );
}

describe('the plan of a run', () => {
  it('builds a staging output once for all that inherit from it', () => {
    const base = staging('base');
    const plan = planned([
      recipe([
        output({ name: 'a', staging: [base] }),
        output({ name: 'b', staging: [staging('base')] }),
      ]),
    ]);
    assert.deepEqual(edgesOf(plan), {
      'stage:base': [],
      'package:a': ['stage:base'],
      'package:b': ['stage:base'],
    });
  });

  it('shares a staging output between noarch and native outputs', () => {
    const base = staging('base');
    const plan = planned([
      recipe([
        output({ name: 'a', staging: [base] }),
        output({ name: 'b', staging: [base], target: 'noarch' }),
      ]),
    ]);
    assert.equal(plan.tasks.filter(({ kind }) => kind === 'stage').length, 1);
  });

  it('builds a staging output once per variant, per recipe and per inherited variant', () => {
    const one = staging('base', { variant: { python: '3.11' } });
    const two = staging('base', { variant: { python: '3.12' } });
    const top = staging('top', { inherit: 'base' });
    const outputs = [
      output({ name: 'a', buildString: 'one', staging: [top, one] }),
      output({ name: 'a', buildString: 'two', staging: [top, two] }),
    ];
    const plan = planned([recipe(outputs), recipe([output({ name: 'c', staging: [one] })])]);
    assert.equal(plan.tasks.filter(({ kind }) => kind === 'stage').length, 5);
    assert.equal(new Set(plan.tasks.map(({ id }) => id)).size, plan.tasks.length);
  });

  it('chains staging outputs', () => {
    const plan = planned([
      recipe([
        output({ name: 'a', staging: [staging('second', { inherit: 'first' }), staging('first')] }),
      ]),
    ]);
    assert.deepEqual(edgesOf(plan), {
      'stage:first': [],
      'stage:second': ['stage:first'],
      'package:a': ['stage:second'],
    });
  });

  it('lets host, build and staging requirements that name a sibling wait for it', () => {
    const plan = planned([
      recipe([
        output({ name: 'app', hostRequirements: ['Adder >=2'], build: ['tool'] }),
        output({ name: 'staged', staging: [staging('base', { host: ['example::adder 2.*'] })] }),
      ]),
      recipe([output({ name: 'adder' }), output({ name: 'tool' })]),
    ]);
    assert.deepEqual(edgesOf(plan), {
      'package:adder': [],
      'package:tool': [],
      'package:app': ['package:adder', 'package:tool'],
      'stage:base': ['package:adder'],
      'package:staged': ['stage:base'],
    });
  });

  it('lets pins in run and run exports wait, within their own recipe', () => {
    const pin = { pin_subpackage: { name: 'lib' } };
    const own = recipe([
      output({ name: 'lib' }),
      output({ name: 'a', run: [pin] }),
      output({ name: 'b', weakExports: [pin] }),
    ]);
    const other = recipe([output({ name: 'lib', version: '2.0' })]);
    const plan = planned([own, other]);
    const lib = plan.tasks.find(({ title }) => title.startsWith('lib 1.0'))?.id;
    for (const name of ['a', 'b']) {
      const task = plan.tasks.find(({ title }) => title.startsWith(`${name} `));
      assert.deepEqual(task?.dependsOn, [lib]);
    }
  });

  it('tells an output of skipped siblings, which pins may name', () => {
    const pin = { pin_subpackage: { name: 'lib', exact: true } };
    const app = output({ name: 'app', run: [pin] });
    const plan = planned([{ ...recipe([app]), allOutputs: [output({ name: 'lib' }), app] }]);
    assert.deepEqual(edgesOf(plan), { 'package:app': [] });
    const spec = plan.tasks[0]?.spec;
    assert.ok(spec?.kind === 'package');
    assert.deepEqual(
      spec.siblings.map(({ name }) => name),
      ['lib'],
    );
  });

  it('ignores requirements on itself, on virtual packages and on packages from elsewhere', () => {
    const itself = { pin_subpackage: { name: 'a', exact: true } };
    const plan = planned([
      recipe([
        output({ name: 'a', hostRequirements: ['a', '__unix', 'zlib'], weakExports: [itself] }),
      ]),
    ]);
    assert.deepEqual(edgesOf(plan), { 'package:a': [] });
  });

  it('lets a plain run requirement order two outputs, but not close a cycle', () => {
    const chain = planned([recipe([output({ name: 'a', run: ['b'] }), output({ name: 'b' })])]);
    assert.deepEqual(edgesOf(chain), { 'package:b': [], 'package:a': ['package:b'] });
    const circle = planned([
      recipe([
        output({ name: 'a', run: ['b'] }),
        output({ name: 'b', run: ['a'] }),
        output({ name: 'c', run: ['a'] }),
      ]),
    ]);
    assert.deepEqual(edgesOf(circle), {
      'package:a': [],
      'package:b': [],
      'package:c': ['package:a'],
    });
  });

  it('lets what run exports and installed siblings bring along come first', () => {
    const plan = planned([
      recipe([
        output({ name: 'user', build: ['compiler'], tests: [scriptTest()] }),
        output({ name: 'lib-user', hostRequirements: ['lib'], tests: [scriptTest()] }),
        output({ name: 'staged', staging: [staging('base', { host: ['lib'] })] }),
        output({ name: 'compiler', strongExports: ['runtime'], weakExports: ['never'] }),
        output({ name: 'lib', run: ['data'], weakExports: ['lib-runtime'] }),
        ...['runtime', 'lib-runtime', 'data', 'never'].map((name) => output({ name })),
      ]),
    ]);
    const edges = edgesOf(plan);
    assert.deepEqual(edges['package:user']?.toSorted(), ['package:compiler', 'package:runtime']);
    assert.deepEqual(edges['package:lib-user']?.toSorted(), [
      'package:data',
      'package:lib',
      'package:lib-runtime',
    ]);
    assert.deepEqual(edges['test:lib-user']?.toSorted(), [
      'package:lib-runtime',
      'package:lib-user',
    ]);
    assert.deepEqual(edges['stage:base']?.toSorted(), ['package:data', 'package:lib']);
    assert.ok(edges['package:staged']?.includes('package:lib-runtime'));
  });

  it('takes nothing of a staging output whose run exports are not inherited', () => {
    const outputs = ['lib', 'lib-runtime'].map((name) =>
      output({ name, weakExports: name === 'lib' ? ['lib-runtime'] : [] }),
    );
    const inherited = output({ name: 'a', staging: [staging('base', { host: ['lib'] })] });
    const plain = { ...inherited, inherit: { from: 'base', run_exports: false } };
    assert.deepEqual(edgesOf(planned([recipe([plain, ...outputs])]))['package:a'], ['stage:base']);
  });

  it('keeps the hard edge of a cycle whose other edge is soft', () => {
    const plan = planned([
      recipe([
        output({ name: 'lib', run: ['data'] }),
        output({ name: 'data', hostRequirements: ['lib'] }),
      ]),
    ]);
    assert.deepEqual(edgesOf(plan), { 'package:lib': [], 'package:data': ['package:lib'] });
  });

  it('refuses a cycle of hard edges and names its outputs', () => {
    const result = planRun(
      planInput([
        recipe([
          output({ name: 'a', hostRequirements: ['b'] }),
          output({ name: 'b', staging: [staging('base', { host: ['a'] })] }),
          output({ name: 'free' }),
        ]),
      ]),
    );
    assert.ok(!result.ok);
    assert.equal(result.failure.code, 'RECIPE_CYCLE');
    assert.match(result.failure.message, /a, b, base \(staging\)/);
    assert.doesNotMatch(result.failure.message, /free/);
  });

  it('takes the sibling variants that share most entries, and exactly the pinned one', () => {
    const lib = (python: string) =>
      output({
        name: 'lib',
        buildString: `py${python}`,
        variant: { python, target_platform: 'linux-64' },
      });
    const plan = planned([
      recipe([
        lib('3.11'),
        lib('3.12'),
        output({
          name: 'close',
          hostRequirements: ['lib'],
          variant: { python: '3.12', target_platform: 'linux-64' },
        }),
        output({ name: 'open', hostRequirements: ['lib'], variant: {} }),
        output({
          name: 'exact',
          hostRequirements: ['lib'],
          variant: { python: '3.12', lib: '1.0 py3.11' },
        }),
      ]),
    ]);
    const wanted = (name: string) =>
      plan.tasks
        .find(({ title }) => title.startsWith(`${name} `))
        ?.dependsOn.map((id) => id.slice(-6));
    assert.deepEqual(wanted('close'), ['py3.12']);
    assert.deepEqual(wanted('open'), ['py3.11', 'py3.12']);
    assert.deepEqual(wanted('exact'), ['py3.11']);
  });

  it('takes a sibling only for the environment whose platform it is built for', () => {
    const plan = planned(
      [
        recipe([
          output({ name: 'lib', host: 'osx-arm64' }),
          output({ name: 'data', host: 'osx-arm64', target: 'noarch' }),
          output({
            name: 'app',
            host: 'osx-arm64',
            hostRequirements: ['lib'],
            build: ['lib', 'data'],
            tests: [scriptTest()],
          }),
        ]),
      ],
      { testing: 'native' },
    );
    assert.deepEqual(edgesOf(plan), {
      'package:lib': [],
      'package:data': [],
      'package:app': ['package:lib', 'package:data'],
    });
  });

  it('tests after the package and all packages that the test environment may hold', () => {
    const plan = planned([
      recipe([
        output({ name: 'app', run: ['lib'], tests: [scriptTest({ run: ['checker'] })] }),
        output({ name: 'lib', run: ['data'] }),
        output({ name: 'data', run: ['lib'] }),
        output({ name: 'checker' }),
        output({ name: 'other' }),
      ]),
    ]);
    const test = plan.tasks.find(({ kind }) => kind === 'test');
    const names = test?.dependsOn.map(brief).toSorted();
    assert.deepEqual(names, ['package:app', 'package:checker', 'package:data', 'package:lib']);
    assert.equal(test?.spec.kind === 'test' && brief(test.spec.packageTask), 'package:app');
  });

  it('tests nothing when testing is off, and foreign platforms only when emulation is allowed', () => {
    const outputs = [recipe([output({ name: 'a', host: 'osx-arm64', tests: [scriptTest()] })])];
    const testCount = (testing: PlanInput['testing']) =>
      planned(outputs, { testing }).tasks.filter(({ kind }) => kind === 'test').length;
    assert.deepEqual(
      [testCount('skip'), testCount('native'), testCount('native-and-emulated')],
      [0, 0, 1],
    );
  });

  it('gives tasks in an order in which prerequisites come first, recipe order among equals', () => {
    const plan = planned([
      recipe([
        output({ name: 'z', hostRequirements: ['a'] }),
        output({ name: 'y' }),
        output({ name: 'a' }),
      ]),
    ]);
    assert.deepEqual(
      plan.tasks.map(({ id }) => brief(id)),
      ['package:y', 'package:a', 'package:z'],
    );
  });

  it('refuses two outputs that are one package, and a rebuild of an unknown output', () => {
    const twice = planRun(
      planInput([
        recipe([output({ name: 'a' })]),
        recipe([output({ name: 'a' })], { label: 'other.yaml' }),
      ]),
    );
    assert.ok(!twice.ok);
    assert.equal(twice.failure.code, 'RECIPE_INVALID');
    assert.match(twice.failure.message, /recipe\/recipe\.yaml and other\.yaml/);
    const unknown = planRun(planInput([recipe([output({ name: 'a' })])], { rebuild: ['b'] }));
    assert.ok(!unknown.ok);
    assert.equal(unknown.failure.code, 'USAGE_INVALID');
  });

  it('marks what is to be rebuilt and names the run in every specification', () => {
    const plan = planned([recipe([output({ name: 'a', staging: [staging('base')] })])], {
      rebuild: ['base'],
    });
    assert.deepEqual(
      plan.tasks.map(({ spec }) => spec.rebuild ?? false),
      [true, false],
    );
    assert.ok(plan.tasks.every(({ spec }) => spec.run === plan.run));
    assert.equal(plan.run, `r${plan.submissionDigest.slice(0, 16)}-1`);
  });

  it('makes ids of names that an id may not have, and of very long ones', () => {
    const plan = planned([
      recipe([
        output({ name: 'a', staging: [staging('my base/é')] }),
        output({ name: 'b'.repeat(300) }),
        output({ name: 'same', target: 'noarch' }),
        output({ name: 'same' }),
      ]),
    ]);
    const ids = plan.tasks.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(
      ids.every((id) => id.length < 230 && /^[\w:.@-]+$/.test(id)),
      ids.join('\n'),
    );
  });

  it('tells a package of its siblings, of each the variant that fits', () => {
    const lib = (python: string) =>
      output({ name: 'lib', buildString: `py${python}`, variant: { python } });
    const plan = planned([
      recipe([lib('3.11'), lib('3.12'), output({ name: 'app', variant: { python: '3.12' } })]),
      recipe([output({ name: 'stranger' })]),
    ]);
    const siblings = plan.tasks.map(({ spec }) =>
      spec.kind === 'package' ? spec.siblings.map(({ name, build }) => `${name} ${build}`) : [],
    );
    assert.deepEqual(siblings, [['app h0123456_0'], ['app h0123456_0'], ['lib py3.12'], []]);
  });
});
