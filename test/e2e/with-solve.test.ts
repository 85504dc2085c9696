/** `stageyard build --render-only --with-solve`: what a build would install, with nothing built. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writePackage, writeRepodata } from '../support/conda-packages.ts';
import { checkout, Yard } from '../support/stageyard.ts';

interface Environment {
  readonly specs: readonly Readonly<Record<string, string>>[];
  readonly resolved: readonly { readonly name: string; readonly channel: string }[];
}

interface Solved {
  readonly recipe: { readonly package: { readonly name: string } };
  readonly build_configuration: { readonly variant: unknown };
  readonly finalized_dependencies: {
    readonly build: Environment | null;
    readonly host: Environment | null;
    readonly run: {
      readonly depends: readonly Readonly<Record<string, string>>[];
      readonly constraints: readonly Readonly<Record<string, string>>[];
    };
  };
  readonly finalized_cache_dependencies?: { readonly host: Environment | null };
}

const recipe = `
recipe: {version: "1.0"}
outputs:
  - staging: {name: base}
    requirements:
      host: [libdep]
    build: {script: exit 1}
  - package: {name: one}
    inherit: base
    requirements:
      build: [tool]
      host: [libdep]
      run: [other]
      run_exports: ["\${{ pin_subpackage('one') }}"]
  - package: {name: two}
    requirements:
      host: [one]
`;

describe('--render-only --with-solve', () => {
  const yard = new Yard();
  const channel = join(yard.directory, 'channel');
  const file = join(yard.directory, 'recipe.yaml');

  before(async () => {
    const packages = [
      await writePackage(channel, {
        name: 'libdep',
        version: '1.1',
        info: { 'run_exports.json': { weak: ['libdep >=1.1,<2.0a0'] } },
      }),
      await writePackage(channel, { name: 'libdep', version: '2.0' }),
      await writePackage(channel, { name: 'tool', depends: ['libdep'] }),
      await writePackage(channel, { name: 'other' }),
    ];
    await writeRepodata(channel, 'linux-64', packages);
    await writeRepodata(channel, 'noarch', []);
    writeFileSync(file, recipe);
  });
  after(() => yard.remove());

  const words = [
    'build',
    '--render-only',
    '--with-solve',
    '--target-platform=linux-64',
    '-r',
    file,
  ];
  const solve = async (...more: string[]): Promise<readonly Solved[]> => {
    const outcome = await yard.run([...words, '-c', channel, ...more]);
    assert.equal(outcome.code, 0, outcome.stderr);
    return JSON.parse(outcome.stdout);
  };
  const output = (outputs: readonly Solved[], name: string): Solved['finalized_dependencies'] => {
    const found = outputs.find((one) => one.recipe.package.name === name);
    assert.ok(found);
    return found.finalized_dependencies;
  };

  it('tells specs with their origin, and all packages resolved', async () => {
    const outputs = await solve('--variant', 'libdep=1');
    const { build, host, run } = output(outputs, 'one');
    assert.deepEqual(build?.specs, [{ source: 'tool' }]);
    assert.deepEqual(
      build?.resolved.map(({ name }) => name),
      ['libdep', 'tool'],
    );
    assert.deepEqual(host?.specs, [{ variant: 'libdep', spec: 'libdep 1.*' }]);
    assert.deepEqual(
      host?.resolved.map(({ name, channel: from }) => [name, basename(from)]),
      [['libdep', 'channel']],
    );
    assert.deepEqual(run.depends, [
      { source: 'other' },
      { run_export: 'libdep', from: 'staging', spec: 'libdep >=1.1,<2.0a0' },
    ]);
  });

  it('solves the environments of the inherited staging output', async () => {
    const outputs = await solve('--variant', 'libdep=1');
    const host = outputs[0]?.finalized_cache_dependencies?.host;
    assert.deepEqual(host?.specs, [{ variant: 'libdep', spec: 'libdep 1.*' }]);
  });

  it('solves outputs that need siblings which nobody has built', async () => {
    const { build, host, run } = output(await solve('--variant', 'libdep=1'), 'two');
    assert.equal(build, null);
    assert.deepEqual(host?.specs, [{ source: 'one' }]);
    assert.deepEqual(
      run.depends.map(({ spec }) => spec),
      ['one >=1.0,<2.0a0'],
    );
  });

  it('changes nothing else of what is printed', async () => {
    const plain = await yard.run(words.filter((word) => word !== '--with-solve'));
    const without = (outputs: readonly Solved[]) =>
      outputs.map(
        ({ finalized_dependencies: _own, finalized_cache_dependencies: _cache, ...rest }) => ({
          ...rest,
          build_configuration: { ...rest.build_configuration, channels: [] },
        }),
      );
    assert.deepEqual(without(await solve()), without(JSON.parse(plain.stdout)));
  });

  it('makes no output directory and installs nothing', async () => {
    await solve();
    await solve('--output-dir', '/proc/nowhere/output');
    assert.ok(!existsSync(yard.output));
    assert.deepEqual(readdirSync(yard.directory).toSorted(), ['channel', 'recipe.yaml', 'store']);
    assert.deepEqual(globSync(join(yard.directory, '**', 'conda-meta')), []);
  });

  it('names the output that has no solution', async () => {
    const outcome = await yard.run([...words, '-c', channel, '--variant', 'libdep=9']);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /one 1\.0 h[0-9a-f]{7}_0: .*libdep/s);
    assert.equal(outcome.stdout, '');
  });

  it('belongs to --render-only', async () => {
    const outcome = await yard.run(['build', '--with-solve', '-r', file]);
    assert.equal(outcome.code, 2);
    assert.match(outcome.stderr, /--with-solve: belongs to --render-only/);
  });
});

describe('what --with-solve says', () => {
  const yard = new Yard();
  after(() => yard.remove());

  it('is what a build writes', async () => {
    const path = join(checkout, 'test', 'fixtures', 'recipes', 'run-exports-kinds');
    const channel = join(yard.directory, 'channel');
    await writeRepodata(channel, 'noarch', []);
    const flags = ['-r', path, '-c', channel];
    const rendered = await yard.run(['build', '--render-only', '--with-solve', ...flags]);
    assert.equal(rendered.code, 0, rendered.stderr);
    const outputs: readonly Solved[] = JSON.parse(rendered.stdout);
    const built = await yard.build([...flags, '--no-test']);
    assert.equal(built.code, 0, built.stderr + built.stdout);
    const records = globSync(join(yard.output, '*', 'repodata.json')).flatMap((file) => {
      const repodata: {
        'packages.conda': Record<
          string,
          { name: string; depends: string[]; constrains?: string[] }
        >;
      } = JSON.parse(readFileSync(file, 'utf8'));
      return Object.values(repodata['packages.conda']);
    });
    assert.equal(records.length, outputs.length);
    const text = (list: readonly Readonly<Record<string, string>>[]) =>
      list.map((entry) => entry['spec'] ?? entry['source']);
    for (const { recipe: rendering, finalized_dependencies } of outputs) {
      const record = records.find(({ name }) => name === rendering.package.name);
      assert.deepEqual(text(finalized_dependencies.run.depends), record?.depends);
      assert.deepEqual(text(finalized_dependencies.run.constraints), record?.constrains ?? []);
    }
  });
});
