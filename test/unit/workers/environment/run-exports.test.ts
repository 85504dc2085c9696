import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunExportsJson } from '#proto/conda/package-record.ts';
import type {
  ExportedBy,
  FinalizedDependency,
  LockedEnvironment,
  LockedEnvironments,
} from '#proto/environment.ts';
import type { IgnoreRunExports, RenderedOutput } from '#proto/recipe/recipe.ts';
import {
  collectExports,
  finalizeRun,
  type InheritedExports,
  strongExportsForHost,
} from '#workers/environment/run-exports.ts';
import { record } from '../../../support/conda-packages.ts';
import { output } from '../../../support/rendered-outputs.ts';

const all: RunExportsJson = {
  weak: ['w'],
  strong: ['s'],
  noarch: ['n'],
  weak_constrains: ['wc <1'],
  strong_constrains: ['sc <1'],
};

const noIgnore: IgnoreRunExports = { by_name: [], from_package: [] };
const exported = (name: string, from: 'build' | 'host', exports = all): ExportedBy => ({
  package: name,
  from,
  exports,
});
const environment = (specs: readonly FinalizedDependency[] = []): LockedEnvironment => ({
  platform: 'linux-64',
  specs,
  resolved: [],
});
const environments = (exports: readonly ExportedBy[] = []): LockedEnvironments => ({
  build: environment(),
  host: environment(),
  exports,
});

function wished(changes: {
  readonly ignore?: Partial<IgnoreRunExports>;
  readonly target?: string;
  readonly run?: readonly string[];
  readonly inherit?: RenderedOutput['inherit'];
  readonly staging?: RenderedOutput['staging'];
}): RenderedOutput {
  const plain = output({ name: 'demo', target: changes.target ?? 'linux-64' });
  return {
    ...plain,
    inherit: changes.inherit ?? null,
    staging: changes.staging ?? [],
    requirements: {
      ...plain.requirements,
      run: changes.run ?? [],
      ignore_run_exports: { ...noIgnore, ...changes.ignore },
    },
  };
}

const specs = (dependencies: readonly FinalizedDependency[]): string[] =>
  dependencies.map(({ spec }) => spec);

test('only direct requirements export, and what a run export brought is not direct', () => {
  const host = environment([
    { source: 'zlib', spec: 'zlib 1.*' },
    { variant: 'python', spec: 'python 3.11.*' },
    { run_export: 'gcc', from: 'build', spec: 'libgcc >=13' },
  ]);
  const exportsOf = new Map([
    ['zlib', all],
    ['python', {}],
    ['libgcc', all],
    ['transitive', all],
  ]);
  assert.deepEqual(collectExports(host, 'host', exportsOf), [
    { package: 'zlib', from: 'host', exports: all },
  ]);
});

test('build passes strong exports on, host strong and weak ones, each with its constraints', () => {
  const run = finalizeRun({
    output: wished({ run: ['own'] }),
    environments: environments([
      exported('cc', 'build', { strong: ['libcc'], weak: ['no'], strong_constrains: ['x <1'] }),
      exported('zlib', 'host'),
    ]),
    inherited: [],
    siblings: [],
  });
  assert.deepEqual(run.depends, [
    { source: 'own', spec: 'own' },
    { run_export: 'cc', from: 'build', spec: 'libcc' },
    { run_export: 'zlib', from: 'host', spec: 's' },
    { run_export: 'zlib', from: 'host', spec: 'w' },
  ]);
  assert.deepEqual(specs(run.constraints), ['x <1', 'sc <1', 'wc <1']);
});

test('a noarch package takes the noarch exports of host alone', () => {
  const run = finalizeRun({
    output: wished({ target: 'noarch' }),
    environments: environments([exported('cc', 'build'), exported('zlib', 'host')]),
    inherited: [],
    siblings: [],
  });
  assert.deepEqual(specs(run.depends), ['n']);
  assert.deepEqual(run.constraints, []);
});

test('the order of dependencies does not depend on the order of exporters, and repetitions go', () => {
  const exporters = [
    exported('b', 'host', { weak: ['same', 'from-b'] }),
    exported('a', 'host', { weak: ['from-a', 'same'] }),
  ];
  for (const order of [exporters, exporters.toReversed()]) {
    const run = finalizeRun({
      output: wished({ run: ['own'] }),
      environments: environments(order),
      inherited: [],
      siblings: [],
    });
    assert.deepEqual(specs(run.depends), ['own', 'from-a', 'same', 'from-b']);
  }
});

test('inherited exports are filtered by name, by exporter, by both and not at all', () => {
  const staging: InheritedExports = {
    exports: [
      exported('libpng', 'host', { weak: ['libpng >=1.6', 'libz >=1.2'] }),
      exported('zlib', 'host', { weak: ['libz >=1.3'] }),
      exported('gcc', 'build', { strong: ['libgcc >=13'], weak: ['never'] }),
    ],
    ignoreRunExports: { byName: [], fromPackage: [] },
  };
  const table: [Partial<IgnoreRunExports>, string[]][] = [
    [{}, ['libgcc >=13', 'libpng >=1.6', 'libz >=1.2', 'libz >=1.3']],
    [{ by_name: ['libz'] }, ['libgcc >=13', 'libpng >=1.6']],
    [{ from_package: ['libpng'] }, ['libgcc >=13', 'libz >=1.3']],
    [{ by_name: ['libgcc'], from_package: ['zlib'] }, ['libpng >=1.6', 'libz >=1.2']],
    [{ by_name: ['lib'] }, ['libgcc >=13', 'libpng >=1.6', 'libz >=1.2', 'libz >=1.3']],
  ];
  for (const [ignore, expected] of table) {
    const run = finalizeRun({
      output: wished({ ignore, inherit: { from: 'stage', run_exports: true } }),
      environments: environments(),
      inherited: [staging],
      siblings: [],
    });
    assert.deepEqual(specs(run.depends), expected, JSON.stringify(ignore));
  }
});

test('the lists of the staging output and of its inheritor apply together', () => {
  const run = finalizeRun({
    output: wished({
      ignore: { by_name: ['b'] },
      inherit: { from: 'stage', run_exports: true },
    }),
    environments: environments(),
    inherited: [
      {
        exports: [exported('x', 'host', { weak: ['a', 'b', 'c'] }), exported('y', 'host')],
        ignoreRunExports: { byName: ['a'], fromPackage: ['y'] },
      },
    ],
    siblings: [],
  });
  assert.deepEqual(run.depends, [{ run_export: 'x', from: 'staging', spec: 'c' }]);
});

test('inherit.run_exports: false drops what comes through staging and keeps the own exports', () => {
  const run = finalizeRun({
    output: wished({ inherit: { from: 'stage', run_exports: false } }),
    environments: environments([exported('own', 'host', { weak: ['kept'] })]),
    inherited: [
      {
        exports: [exported('x', 'host')],
        ignoreRunExports: { byName: [], fromPackage: [] },
      },
    ],
    siblings: [],
  });
  assert.deepEqual(specs(run.depends), ['kept']);
  assert.deepEqual(run.constraints, []);
});

test('constraint exports of a staging output arrive', () => {
  const run = finalizeRun({
    output: wished({ inherit: { from: 'stage', run_exports: true } }),
    environments: environments(),
    inherited: [
      {
        exports: [exported('x', 'host')],
        ignoreRunExports: { byName: ['sc'], fromPackage: [] },
      },
    ],
    siblings: [],
  });
  assert.deepEqual(run.constraints, [{ run_export: 'x', from: 'staging', spec: 'wc <1' }]);
});

test('through a chain of staging outputs exports pass only where each one passes them on', () => {
  const link = (run_exports: boolean) =>
    ({
      ...output({ name: 'unused' }),
      kind: 'staging',
      name: 'near',
      source: [],
      script: { env: {}, secrets: [], body: { kind: 'none' } },
      requirements: { build: [], host: [], ignore_run_exports: noIgnore },
      inherit: { from: 'far', run_exports },
    }) as const;
  const staging = (spec: string, byName: readonly string[] = []): InheritedExports => ({
    exports: [exported(spec, 'host', { weak: [spec] })],
    ignoreRunExports: { byName, fromPackage: [] },
  });
  const run = (passesOn: boolean, byName: readonly string[] = []) =>
    specs(
      finalizeRun({
        output: wished({
          inherit: { from: 'near', run_exports: true },
          staging: [link(passesOn)],
        }),
        environments: environments(),
        inherited: [staging('near-dep', byName), staging('far-dep')],
        siblings: [],
      }).depends,
    );
  assert.deepEqual(run(true), ['near-dep', 'far-dep']);
  assert.deepEqual(run(false), ['near-dep']);
  assert.deepEqual(run(true, ['far-dep']), ['near-dep']);
});

test('a version independent output ignores what python exports', () => {
  const plain = wished({});
  const build = { ...plain.build, python: { ...plain.build.python, version_independent: true } };
  const run = finalizeRun({
    output: { ...plain, build },
    environments: environments([
      exported('python', 'host', { weak: ['python_abi 3.11.*'] }),
      exported('other', 'host', { weak: ['python 3.11.*', 'kept'] }),
    ]),
    inherited: [],
    siblings: [],
  });
  assert.deepEqual(specs(run.depends), ['kept']);
});

test('pins in run see this output, its siblings, and host before build', () => {
  const plain = wished({});
  const run = finalizeRun({
    output: {
      ...plain,
      requirements: {
        ...plain.requirements,
        run: [
          { pin_subpackage: { name: 'demo', exact: true } },
          { pin_subpackage: { name: 'sibling', upper_bound: 'x.x' } },
          { pin_compatible: { name: 'zlib' } },
        ],
      },
    },
    environments: {
      build: { ...environment(), resolved: [record('zlib', '1.0')] },
      host: { ...environment(), resolved: [record('zlib', '2.5')] },
      exports: [],
    },
    inherited: [],
    siblings: [{ name: 'sibling', version: '3.1', build: 'h0_0' }],
  });
  assert.deepEqual(specs(run.depends), [
    'demo ==1.0 h0123456_0',
    'sibling >=3.1,<3.2.0a0',
    'zlib >=2.5,<3.0a0',
  ]);
});

test('strong exports of build reach host unless they are ignored', () => {
  const exports = [exported('cc', 'build', { strong: ['libcc', 'libomp'], weak: ['no'] })];
  const ignore = { by_name: ['libomp'], from_package: [] };
  assert.deepEqual(strongExportsForHost(exports, [ignore]), [
    { run_export: 'cc', from: 'build', spec: 'libcc' },
  ]);
});
