/** Rendering whole recipes: shapes, variants, conditions, inheritance (spec 1, 2, appendix E). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onlyOutput, refusals, rendered } from '../../../support/render-text.ts';

const single = `
package:
  name: example
  version: '1.2'
`;

const buildStrings = (recipe: ReturnType<typeof rendered>): string[] =>
  recipe.outputs.map(({ name, build }) => `${name} ${build.string}`);

describe('a single-output recipe', () => {
  it('gets the well-known hash of its platform when it uses no variant', () => {
    const output = onlyOutput(single, { variants: { zlib: ['1', '2'] } });
    assert.equal(output.build.string, 'hb0f4dca_0');
    assert.equal(output.hash.input, '{"target_platform": "linux-64"}');
    assert.equal(output.platforms.target, 'linux-64');
  });

  it('runs build.sh beside it, or build.bat on Windows', () => {
    const files = { 'build.sh': '', 'build.bat': '' };
    const file = (build: string) => onlyOutput(single, { files, build }).build.script.body;
    assert.deepEqual(file('linux-64'), { kind: 'file', file: 'build.sh' });
    assert.deepEqual(file('win-64'), { kind: 'file', file: 'build.bat' });
  });

  it('takes number and prefix from the caller', () => {
    const output = onlyOutput(`${single}build: {number: 1}`, {
      buildNumber: 7,
      buildStringPrefix: 'x',
    });
    assert.equal(output.build.string, 'x_hb0f4dca_7');
    assert.equal(output.build.number, 7);
  });

  it('is not built where it is skipped, and says which variants those are', () => {
    const text = `${single}build: {skip: [python == "3.10"]}\nrequirements: {host: [python]}`;
    const recipe = rendered(text, { variants: { python: ['3.10', '3.11'] } });
    assert.equal(recipe.outputs.length, 1);
    assert.match(recipe.outputs[0]?.build.string ?? '', /^py311h[0-9a-f]{7}_0$/);
    assert.deepEqual(
      recipe.skipped.map(({ variant }) => variant['python']),
      ['3.10'],
    );
    assert.match(recipe.skipped[0]?.buildString ?? '', /^py310h/);
  });
});

describe('context', () => {
  it('is evaluated from top to bottom with its types', () => {
    const output = onlyOutput(`
context:
  version: 3.10
  number: 010
  flag: true
  list: [a, 1]
  sum: \${{ number + 1 }}
  text: v\${{ version }}
package: {name: x, version: '1'}
`);
    assert.deepEqual(output.context, {
      version: '3.10',
      number: 10,
      flag: true,
      list: ['a', 1],
      sum: 11,
      text: 'v3.10',
    });
  });

  it('hides a variant key without counting it, unless it reads it', () => {
    const variants = { python_min: ['3.10'] };
    const hiding = onlyOutput(
      `
context: {python_min: '3.12'}
package: {name: x, version: '1'}
about: {summary: "\${{ python_min }}"}
`,
      { variants },
    );
    assert.deepEqual(hiding.variant, { target_platform: 'linux-64' });
    const reading = onlyOutput(
      `
context: {python_min: "\${{ python_min }}.1"}
package: {name: x, version: '1'}
about: {summary: "\${{ python_min }}"}
`,
      { variants },
    );
    assert.equal(reading.about.summary, '3.10.1');
    assert.equal(reading.variant['python_min'], '3.10');
  });
});

describe('variants', () => {
  it('multiply over free specs of host and build, not of run', () => {
    const text = `${single}requirements: {build: [cmake], host: [zlib], run: [openssl]}`;
    const variants = { zlib: ['1', '2'], openssl: ['1', '3'], cmake: ['3'] };
    const recipe = rendered(text, { variants });
    assert.deepEqual(
      recipe.outputs.map(({ variant }) => variant),
      [
        { cmake: '3', target_platform: 'linux-64', zlib: '1' },
        { cmake: '3', target_platform: 'linux-64', zlib: '2' },
      ],
    );
  });

  it('multiply over a variable that only a script mentions', () => {
    const text = `${single}build: {script: "echo \${{ flavour }}"}`;
    assert.equal(rendered(text, { variants: { flavour: ['a', 'b'] } }).outputs.length, 2);
  });

  it('do not multiply over a branch that is not taken', () => {
    const text = `${single}requirements: {host: [{if: win, then: zlib}]}`;
    assert.equal(rendered(text, { variants: { zlib: ['1', '2'] } }).outputs.length, 1);
  });

  it('come up in evaluation, from names that templates make', () => {
    const text = `context: {lib: zlib}\n${single}requirements: {host: ["\${{ lib }}"]}`;
    assert.equal(rendered(text, { variants: { zlib: ['1', '2'] } }).outputs.length, 2);
  });

  it('are ordered by text', () => {
    const text = `${single}requirements: {host: [a]}`;
    const recipe = rendered(text, { variants: { a: ['9', '3.10', '10'] } });
    assert.deepEqual(
      recipe.outputs.map(({ variant }) => variant['a']),
      ['10', '3.10', '9'],
    );
  });

  it('advance together in a zip group, as far as its keys are used', () => {
    const text = `${single}requirements: {host: [a, b]}`;
    const options = {
      variants: { a: ['1', '2'], b: ['x', 'y'], c: ['p', 'q'] },
      zipKeys: [['a', 'b', 'c']],
    };
    const recipe = rendered(text, options);
    assert.deepEqual(
      recipe.outputs.map(({ variant }) => [variant['a'], variant['b']]),
      [
        ['1', 'x'],
        ['2', 'y'],
      ],
    );
    assert.equal('c' in (recipe.outputs[0]?.variant ?? {}), false);
  });

  it('of unequal lengths in a zip group are refused by name', () => {
    const options = { variants: { a: ['1', '2'], b: ['x'] }, zipKeys: [['a', 'b']] };
    assert.deepEqual(refusals(`${single}requirements: {host: [a]}`, options), [
      'Zip key elements do not all have same length: b',
    ]);
  });

  it('with equal results collapse to one output', () => {
    const text = `${single}build: {string: abc}\nrequirements: {host: [a]}`;
    assert.deepEqual(buildStrings(rendered(text, { variants: { a: ['1', '2'] } })), [
      'example abc',
    ]);
  });

  it('keep keys that scripts see as environment variables', () => {
    const variants = { PATH: ['p'], CFLAGS: ['-O2'], MACOSX_DEPLOYMENT_TARGET: ['11'] };
    assert.deepEqual(Object.keys(onlyOutput(single, { variants }).variant), [
      'PATH',
      'target_platform',
    ]);
    const osx = onlyOutput(single, { variants, build: 'osx-64' });
    assert.equal(osx.variant['MACOSX_DEPLOYMENT_TARGET'], '11');
  });

  it('follow use_keys and ignore_keys', () => {
    const text = `${single}build: {variant: {use_keys: [flavour], ignore_keys: [zlib]}}\nrequirements: {host: [zlib]}`;
    const variants = { zlib: ['1'], flavour: ['sweet'] };
    assert.deepEqual(onlyOutput(text, { variants }).variant, {
      flavour: 'sweet',
      target_platform: 'linux-64',
    });
  });
});

describe('noarch', () => {
  const text = (kind: string) =>
    `${single}build: {noarch: ${kind}}\nrequirements: {host: [python], run: [__unix]}`;
  const variants = { python: ['3.12'] };

  it('python drops python from the variant', () => {
    const output = onlyOutput(text('python'), { variants });
    assert.deepEqual(output.variant, { __unix: '__unix', target_platform: 'noarch' });
    assert.match(output.build.string, /^pyh/);
    assert.equal(output.platforms.target, 'noarch');
  });

  it('generic keeps it', () => {
    const output = onlyOutput(text('generic'), { variants });
    assert.equal(output.variant['python'], '3.12');
    assert.match(output.build.string, /^py312h/);
  });
});

describe('requirements', () => {
  it('are canonical, and compilers come from the variant', () => {
    const text = `${single}requirements: {build: ["\${{ compiler('c') }}", "foo >= 1, < 2"], run: ["\${{ 'a' if win }}"]}`;
    const output = onlyOutput(text, {
      variants: { c_compiler: ['gcc'], c_compiler_version: ['14'] },
    });
    assert.deepEqual(output.requirements.build, ['gcc_linux-64 14.*', 'foo >=1,<2']);
    assert.deepEqual(output.requirements.run, []);
    assert.deepEqual(Object.keys(output.variant), [
      'c_compiler',
      'c_compiler_version',
      'target_platform',
    ]);
  });

  it('report what is no match spec', () => {
    assert.match(refusals(`${single}requirements: {host: ['foo 1.2']}`).join(), /1\.2/);
    assert.equal(refusals(`${single}requirements: {host: ['']}`).length, 1);
  });
});

describe('leniency', () => {
  it('takes an undefined name in skip for false, in an if for an error', () => {
    assert.equal(rendered(`${single}build: {skip: nosuch}`).outputs.length, 1);
    assert.deepEqual(refusals(`${single}requirements: {host: [{if: nosuch, then: a}]}`), [
      '`nosuch` is not defined',
    ]);
  });

  it('lets scripts mention what only the build knows', () => {
    const output = onlyOutput(`${single}build: {script: ["echo \${{ PREFIX }}", b]}`);
    assert.deepEqual(output.build.script.body, {
      kind: 'commands',
      commands: ['echo ${{ PREFIX }}', 'b'],
    });
  });

  it('reads CRLF', () => {
    assert.equal(onlyOutput(single.replaceAll('\n', '\r\n')).version, '1.2');
  });
});

describe('all problems', () => {
  it('are reported at once, in the order of the text', () => {
    const text = `
package: {name: x, version: '1'}
buid: {}
about: {summry: a}
requirements:
  hosts: [a]
`;
    assert.deepEqual(refusals(text), [
      'unknown key `buid` in the recipe',
      'unknown key `summry` in `about`',
      'unknown key `hosts` in `requirements`',
    ]);
  });

  it('of evaluation are reported once for all variants', () => {
    const text = `${single}about: {summary: "\${{ a }} \${{ nosuch }}"}`;
    assert.deepEqual(refusals(text, { variants: { a: ['1', '2'] } }), ['`nosuch` is not defined']);
  });
});
