import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusals, rendered } from '../../../support/render-text.ts';

const recipe = (outputs: string): string => `recipe: {version: "1"}
build: {number: 3}
outputs:
${outputs}`;

const tools = `  - package: {name: Tools}
    source: {path: src}
    requirements:
      build: ["\${{ compiler('c') }}"]
      host: [zlib]
      ignore_run_exports: {by_name: [zlib]}
    build:
      script: make
      dynamic_linking: {rpaths: [a/], missing_dso_allowlist: [x]}
    about: {license: MIT, summary: tools}
`;

describe('an output that inherits from a package output', () => {
  it('starts with what that one makes', () => {
    const { outputs } = rendered(
      recipe(`${tools}  - package: {name: docs}\n    inherit: {from: tools, run_exports: false}\n`),
      { variants: { c_compiler: ['clang'], zlib: ['1.3'] } },
    );
    const docs = outputs.find(({ name }) => name === 'docs');
    assert.deepEqual(docs?.inherit, { from: 'tools', run_exports: false });
    const [staging] = docs.staging;
    assert.equal(staging?.name, 'tools');
    assert.deepEqual(staging.script.body, { kind: 'inline', content: 'make' });
    assert.deepEqual(staging.requirements, {
      build: ['clang_linux-64'],
      host: ['zlib'],
      ignore_run_exports: { by_name: ['zlib'], from_package: [] },
    });
    assert.equal(staging.source.length, 1);
    assert.deepEqual(docs.source, []);
    assert.deepEqual(docs.build.script.body, { kind: 'none' });
    assert.deepEqual(docs.requirements.host, []);
  });

  it('has the variant of both', () => {
    const { outputs } = rendered(
      recipe(`${tools}  - package: {name: docs}\n    inherit: tools\n`),
      { variants: { c_compiler: ['clang'], zlib: ['1.2', '1.3'] } },
    );
    const docs = outputs.filter(({ name }) => name === 'docs');
    assert.deepEqual(
      docs.map(({ variant }) => [variant['c_compiler'], variant['zlib']]),
      [
        ['clang', '1.2'],
        ['clang', '1.3'],
      ],
    );
  });

  it('takes over build and about key by key, all the way up', () => {
    const { outputs } = rendered(
      recipe(`${tools}  - package: {name: docs}
    inherit: tools
    build: {dynamic_linking: {rpaths: [b/]}}
    about: {summary: docs}
  - package: {name: more}
    inherit: docs
`),
    );
    const [docs, more] = ['docs', 'more'].map((name) => outputs.find((item) => item.name === name));
    assert.equal(docs?.build.number, 3);
    assert.deepEqual(docs.build.dynamic_linking.rpaths, ['b/']);
    assert.deepEqual(docs.build.dynamic_linking.missing_dso_allowlist, ['x']);
    assert.equal(docs.about.license, 'MIT');
    assert.equal(docs.about.summary, 'docs');
    assert.equal(more?.about.summary, 'docs');
    assert.deepEqual(
      more.staging.map(({ name }) => name),
      ['docs', 'tools'],
    );
  });

  it('merges sections inside of sections', () => {
    const { outputs } = rendered(
      `build: {prefix_detection: {ignore_binary_files: true, force_file_type: {text: [a], binary: [b]}}}
outputs:
  - package: {name: x, version: "1"}
    build: {prefix_detection: {force_file_type: {text: [c]}}}
`,
    );
    assert.deepEqual(outputs[0]?.build.prefix_detection, {
      force_text: ['c'],
      force_binary: ['b'],
      ignore: false,
      ignore_binary_files: true,
    });
  });

  it('may inherit through a package output from a staging output, but not the other way', () => {
    const staging = '  - staging: {name: base}\n    build: {script: configure}\n';
    const { outputs } = rendered(
      recipe(
        `${staging}  - package: {name: lib}\n    inherit: base\n    build: {script: install}\n  - package: {name: dev}\n    inherit: lib\n`,
      ),
    );
    assert.deepEqual(
      outputs.map(({ staging: chain }) => chain.map(({ name }) => name)),
      [['base'], ['lib', 'base']],
    );
    const wrong = `  - package: {name: lib}\n  - staging: {name: base}\n    inherit: lib\n  - package: {name: dev}\n    inherit: base\n  - package: {name: two}\n    inherit: lib\n`;
    assert.deepEqual(refusals(recipe(wrong)), [
      "a staging output can't inherit from the package output `lib`",
    ]);
  });

  it('is refused if the other one is skipped, or inherits from it', () => {
    const skipped = `  - package: {name: lib}\n    build: {skip: [linux]}\n  - package: {name: dev}\n    inherit: lib\n`;
    assert.deepEqual(refusals(recipe(skipped)), [
      "Staging cache 'lib' not found. Available caches: none",
    ]);
    const circle = `  - package: {name: a}\n    inherit: b\n  - package: {name: b}\n    inherit: a\n`;
    assert.match(refusals(recipe(circle)).join('\n'), /Cycle detected in recipe outputs: a, b/);
  });

  it('is not built where the other one merges its environments', () => {
    const { unsupported } = rendered(
      recipe(
        `  - package: {name: lib}\n    build: {merge_build_and_host_envs: true}\n  - package: {name: dev}\n    inherit: lib\n`,
      ),
    );
    assert.match(unsupported[0]?.message ?? '', /`lib` merges its environments/);
  });
});
