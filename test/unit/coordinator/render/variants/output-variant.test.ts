/** Which values a hash covers (spec 2.4). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  onlyOutput,
  refusals,
  rendered,
  type RenderTextOptions,
} from '../../../../support/render-text.ts';

const variants = { python: ['3.12'], mpi: ['nompi'], zlib: ['1.3'] };
const options: RenderTextOptions = { variants };
const single = (rest: string): string => `package: {name: example, version: '1'}\n${rest}`;
const keysOf = (text: string): string[] =>
  Object.keys(onlyOutput(text, options).variant).filter((key) => key !== 'target_platform');

describe('the variant of an output', () => {
  it('has all that a script mentions, in conditions and branches that do not hold too', () => {
    const script = "script: [{if: mpi == 'x' and zlib, then: '${{ python }}', else: make}]";
    assert.deepEqual(keysOf(single(`build: {${script}}`)), ['mpi', 'python', 'zlib']);
  });

  it('has what the top level reads, though the output says otherwise', () => {
    const text = `
about: {summary: "\${{ mpi }}"}
build: {script: {env: {A: "\${{ zlib }}"}, content: make}}
outputs:
  - package: {name: a, version: '1'}
    about: {summary: own}
    build: {script: own}
`;
    assert.deepEqual(keysOf(text), ['mpi', 'zlib']);
  });

  it('lacks a value that a context entry hides, unless the context read it first', () => {
    const host = 'requirements: {host: [mpi]}';
    assert.deepEqual(keysOf(`context: {mpi: own}\n${single(host)}`), []);
    assert.deepEqual(keysOf(`context: {mpi: "\${{ mpi ~ 'x' }}"}\n${single(host)}`), ['mpi']);
  });

  it('keeps python of a noarch package that asks for it or gets files that depend on it', () => {
    const build = (rest: string): string =>
      single(`build: {noarch: python${rest}}\nrequirements: {host: [python]}`);
    assert.deepEqual(keysOf(build('')), []);
    assert.deepEqual(keysOf(build(', variant: {use_keys: [python]}')), ['python']);
    const staged = `
outputs:
  - staging: {name: s}
    requirements: {host: [python]}
  - package: {name: a, version: '1'}
    inherit: s
    build: {noarch: python}
`;
    assert.deepEqual(keysOf(staged), ['python']);
  });

  it('is what a build string sees', () => {
    const build = (string: string): string =>
      single(`build: {noarch: python, string: "${string}"}\nrequirements: {host: [python]}`);
    assert.deepEqual(refusals(build('${{ python }}'), options), ['`python` is not defined']);
    const { string } = onlyOutput(build('${{ target_platform }}'), options).build;
    assert.equal(string, 'noarch');
  });
});

describe('values that turn up in evaluation', () => {
  it('come in the written order, those known from the start in that of their text', () => {
    const python = { variants: { python: ['3.9', '3.11', '3.10'] } };
    const order = (spec: string): unknown[] =>
      rendered(single(`requirements: {host: ["${spec}"]}`), python).outputs.map(
        ({ variant }) => variant['python'],
      );
    assert.deepEqual(order('python'), ['3.10', '3.11', '3.9']);
    assert.deepEqual(order("${{ 'python' }}"), ['3.9', '3.11', '3.10']);
  });

  it('count once if they have one text', () => {
    const python = { variants: { python: [1, '1', 2] } };
    const { outputs } = rendered(single('requirements: {host: [python]}'), python);
    assert.deepEqual(
      outputs.map(({ variant }) => variant['python']),
      ['1', 2],
    );
  });
});

describe('a skipped output', () => {
  it('is looked at as far as its build section goes', () => {
    const multi = (rest: string): string =>
      `outputs:\n  - package: {name: a, version: '1'}\n    build: {skip: true${rest}}\n`;
    assert.deepEqual(refusals(multi(', number: "${{ nosuch }}"')), ['`nosuch` is not defined']);
    assert.deepEqual(refusals(`${multi('')}    about: {summary: "\${{ nosuch }}"}\n`), []);
  });

  it('is wholly looked at where it is the only one', () => {
    assert.deepEqual(refusals(single('build: {skip: true, string: "${{ nosuch }}"}')), [
      '`nosuch` is not defined',
    ]);
  });
});

describe('pins', () => {
  it('name outputs in any case', () => {
    const text = `
outputs:
  - package: {name: user, version: '1'}
    requirements: {run: ["\${{ pin_subpackage('Library', exact=True) }}"]}
  - package: {name: Library, version: '1'}
`;
    const { outputs } = rendered(text);
    assert.deepEqual(
      outputs.map(({ name }) => name),
      ['library', 'user'],
    );
    assert.equal(outputs[1]?.variant['library'], '1 hb0f4dca_0');
  });
});
