/** Recipes with several outputs: staging, inheritance, pins, order (spec 1.10–1.14, 2.4, 2.7; CEP 41). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onlyOutput, refusals, rendered } from '../../../support/render-text.ts';

const staged = `
recipe: {name: example, version: '1.0'}
source: {path: ../src}
build: {number: 3, script: top.sh, dynamic_linking: {rpaths: [lib/], missing_dso_allowlist: [x]}}
about: {license: MIT, summary: top}
tests:
  - script: echo top
outputs:
  - staging: {name: compile}
    source: {path: more}
    requirements:
      build: ["\${{ compiler('c') }}"]
      host: [zlib]
    build: {script: make}
  - package: {name: lib}
    inherit: compile
    build: {files: [lib/*], dynamic_linking: {missing_dso_allowlist: [y]}}
  - package: {name: tools, version: '2.0'}
    inherit: {from: compile, run_exports: false}
    about: {summary: own}
    requirements: {run: ["\${{ pin_subpackage('lib', exact=True) }}"]}
  - package: {name: docs}
    build: {number: 0, noarch: generic}
`;
const variants = { zlib: ['1', '2'], c_compiler: ['gcc'] };

const output = (name: string, index = 0) =>
  rendered(staged, { variants }).outputs.filter((item) => item.name === name)[index];

describe('a staging output', () => {
  it('has top-level and own sources, and its own variant', () => {
    const [staging] = output('lib')?.staging ?? [];
    assert.deepEqual(
      staging?.source.map((source) => source.kind === 'path' && source.path),
      ['../src', 'more'],
    );
    assert.deepEqual(staging?.variant, {
      c_compiler: 'gcc',
      target_platform: 'linux-64',
      zlib: '1',
    });
    assert.deepEqual(staging?.script.body, { kind: 'inline', content: 'make' });
  });

  it('adds its variant to those who inherit, and only to them', () => {
    assert.equal(output('lib')?.variant['zlib'], '1');
    assert.equal(output('lib', 1)?.variant['zlib'], '2');
    assert.deepEqual(output('docs')?.variant, { target_platform: 'noarch' });
    assert.equal(output('docs', 1), undefined);
  });

  it('may come after its user and inherit from another one', () => {
    const { outputs } = rendered(
      `
outputs:
  - package: {name: x, version: '1'}
    inherit: second
  - staging: {name: second}
    inherit: first
    requirements: {host: [b]}
  - staging: {name: first}
    requirements: {host: [a]}
`,
      { variants: { a: ['1'], b: ['2'] } },
    );
    assert.deepEqual(
      outputs[0]?.staging.map(({ name }) => name),
      ['second', 'first'],
    );
    assert.deepEqual(outputs[0]?.staging[0]?.variant, {
      a: '1',
      b: '2',
      target_platform: 'linux-64',
    });
    assert.deepEqual(outputs[0]?.variant, { a: '1', b: '2', target_platform: 'linux-64' });
  });

  it('that is not there is named with those that are', () => {
    assert.deepEqual(
      refusals(staged.replace('inherit: compile', 'inherit: compil'), { variants }),
      ["Staging cache 'compil' not found. Available caches: compile"],
    );
    assert.deepEqual(refusals("outputs: [{package: {name: x, version: '1'}, inherit: y}]"), [
      "Staging cache 'y' not found. Available caches: none",
    ]);
  });

  it('is refused when its name is taken or it inherits from itself', () => {
    assert.deepEqual(refusals('outputs: [{staging: {name: a}}, {staging: {name: a}}]'), [
      'two staging outputs are named `a`',
    ]);
    const cyclic =
      "outputs: [{staging: {name: a}, inherit: a}, {package: {name: x, version: '1'}, inherit: a}]";
    assert.deepEqual(refusals(cyclic), ['Cycle detected in recipe outputs: a']);
  });

  it('has neither run requirements nor build settings', () => {
    const text = (key: string) => `outputs: [{staging: {name: a}, ${key}}]`;
    assert.deepEqual(refusals(text('requirements: {run: [b]}')), [
      "'run' is not allowed in staging requirements",
    ]);
    assert.deepEqual(refusals(text('build: {number: 1}')), [
      "unknown field 'number' - only 'script' and 'steps' are allowed in staging builds",
    ]);
  });

  it('alone renders to nothing', () => {
    assert.deepEqual(rendered('outputs: [{staging: {name: a}}]').outputs, []);
  });
});

describe('a package output', () => {
  it('takes from the top level what it does not say itself', () => {
    const tools = output('tools');
    assert.equal(tools?.version, '2.0');
    assert.equal(tools?.build.number, 3);
    assert.deepEqual(tools?.about, { license: 'MIT', summary: 'own', license_file: [] });
    assert.equal(output('lib')?.version, '1.0');
    assert.equal(output('docs')?.build.number, 0);
  });

  it('merges sub-mappings of build key by key', () => {
    const linking = output('lib')?.build.dynamic_linking;
    assert.deepEqual(linking?.missing_dso_allowlist, ['y']);
    assert.deepEqual(linking?.rpaths, ['lib/']);
  });

  it('that inherits from staging gets neither sources, script nor tests of the top level', () => {
    const lib = output('lib');
    assert.deepEqual([lib?.source, lib?.tests, lib?.build.script.body], [[], [], { kind: 'none' }]);
    const docs = output('docs');
    assert.equal(docs?.source.length, 1);
    assert.equal(docs?.tests.length, 1);
    assert.deepEqual(docs?.build.script.body, { kind: 'inline', content: 'top.sh' });
  });

  it('pins a sibling exactly, one output for each of its variants', () => {
    const lib = output('lib', 1);
    assert.equal(output('tools', 1)?.variant['lib'], `1.0 ${lib?.build.string}`);
    const order = rendered(staged, { variants }).outputs.map(({ name }) => name);
    assert.deepEqual(order, ['lib', 'docs', 'lib', 'tools', 'tools']);
  });

  it('that a script only tells where to run takes the commands from the top level', () => {
    const text = `
build: {script: [a, b]}
outputs: [{package: {name: x, version: '1'}, build: {script: {cwd: sub}}}]`;
    const { script } = onlyOutput(text).build;
    assert.deepEqual(script.body, { kind: 'commands', commands: ['a', 'b'] });
    assert.equal(script.cwd, 'sub');
  });

  it('is skipped by its own or the top level’s condition', () => {
    const text = (top: string, own: string) =>
      `build: {skip: ${top}}\noutputs: [{package: {name: x, version: '1'}, build: {skip: ${own}}}]`;
    assert.equal(rendered(text('false', 'false')).outputs.length, 1);
    assert.equal(rendered(text('true', 'false')).outputs.length, 0);
    assert.equal(rendered(text('false', 'linux')).skipped.length, 1);
  });

  it('keeps the written case of its name for display only', () => {
    assert.equal(onlyOutput("package: {name: FooBar, version: '1'}").name, 'foobar');
  });
});

describe('pins and order', () => {
  const recipe = (first: string, second: string) => `
outputs:
  - package: {name: a, version: '1'}
    requirements: ${first}
  - package: {name: b, version: '1'}
    requirements: ${second}
`;
  const order = (text: string): string[] => rendered(text).outputs.map(({ name }) => name);

  it('wait for host requirements and run pins, not for run requirements', () => {
    assert.deepEqual(order(recipe('{host: [b]}', '{}')), ['b', 'a']);
    assert.deepEqual(order(recipe('{run: [b]}', '{}')), ['a', 'b']);
    assert.deepEqual(order(recipe(`{run: ["\${{ pin_subpackage('b') }}"]}`, '{}')), ['b', 'a']);
    assert.deepEqual(order(recipe(`{run_exports: ["\${{ pin_subpackage('b') }}"]}`, '{}')), [
      'b',
      'a',
    ]);
    assert.deepEqual(order(recipe(`{run_constraints: ["\${{ pin_subpackage('b') }}"]}`, '{}')), [
      'a',
      'b',
    ]);
  });

  it('wait for the requirements of an inherited staging output', () => {
    const text = `
outputs:
  - staging: {name: s}
    requirements: {host: [b]}
  - package: {name: a, version: '1'}
    inherit: s
  - package: {name: b, version: '1'}
`;
    assert.deepEqual(order(text), ['b', 'a']);
  });

  it('refuse a cycle by name', () => {
    assert.deepEqual(refusals(recipe('{host: [b]}', '{host: [a]}')), [
      'Cycle detected in recipe outputs: a, b',
    ]);
    const exact = (name: string) => `{run: ["\${{ pin_subpackage('${name}', exact=True) }}"]}`;
    assert.deepEqual(refusals(recipe(exact('b'), exact('a'))), [
      'Cycle detected in recipe outputs: a, b',
    ]);
  });

  it('refuse an exact pin on nothing, and accept another', () => {
    assert.deepEqual(refusals(recipe(`{run: ["\${{ pin_subpackage('q', exact=True) }}"]}`, '{}')), [
      'missing output: q',
    ]);
    assert.deepEqual(order(recipe(`{run: ["\${{ pin_subpackage('q') }}"]}`, '{}')), ['a', 'b']);
  });
});

describe('the old top-level cache', () => {
  const text = `
recipe: {name: old, version: '1'}
cache:
  build: {script: make}
  requirements: {host: [zlib]}
outputs:
  - package: {name: x}
  - package: {name: y}
`;

  it('is read as a staging output that every package inherits, with a notice', () => {
    const recipe = rendered(text, { variants: { zlib: ['1'] } });
    assert.deepEqual(
      recipe.outputs.map(({ inherit }) => inherit?.from),
      ['old-build', 'old-build'],
    );
    assert.deepEqual(recipe.outputs[0]?.staging[0]?.requirements.host, ['zlib']);
    assert.equal(recipe.outputs[0]?.variant['zlib'], '1');
    assert.deepEqual(
      recipe.notices.map(({ severity, line }) => [severity, line]),
      [['notice', 3]],
    );
  });

  it('is called build-cache where the recipe has no literal name', () => {
    const unnamed = text.replace(
      "{name: old, version: '1'}",
      "{name: \"${{ 'a' }}\", version: '1'}",
    );
    assert.equal(rendered(unnamed).outputs[0]?.inherit?.from, 'build-cache');
  });
});
