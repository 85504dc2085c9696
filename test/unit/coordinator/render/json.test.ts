/** `--render-only`: keys and meanings that scripts read (spec 6.5, appendix F). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import { rendered } from '../../../support/render-text.ts';

const text = `
context: {n: 5}
recipe: {name: split, version: '1'}
source: {git: https://example.org/a.git, tag: v1, lfs: true}
outputs:
  - staging: {name: s}
    build: {script: [make]}
    requirements: {host: [zlib]}
  - package: {name: Lib}
    inherit: {from: s, run_exports: false}
    build: {files: {include: [a], exclude: [b]}, number: 2}
    requirements:
      run: ["\${{ pin_subpackage('lib', upper_bound=None) }}", "\${{ pin_compatible('x') }}"]
    tests:
      - python: {imports: [a], pip_check: false, python_version: '3.11'}
      - package_contents: {lib: [x], bin: {exists: [y], not_exists: [z]}, strict: true}
      - script: {file: t.py}
    about: {homepage: https://example.org, description: "words\\n"}
  - package: {name: other}
    build: {noarch: generic}
`;

const [lib, other] = renderOnlyJson([rendered(text)], { channels: ['conda-forge'] });

describe('the JSON of a rendering', () => {
  it('has the recipe with defaults left out', () => {
    assert.deepEqual(lib?.['recipe'], {
      schema_version: 1,
      context: { n: 5 },
      package: { name: 'Lib', version: '1' },
      build: {
        number: 2,
        string: 'hb0f4dca_2',
        script: [],
        files: { include: ['a'], exclude: ['b'] },
      },
      requirements: {
        run: [
          { pin_subpackage: { name: 'lib', lower_bound: 'x.x.x.x.x.x' } },
          { pin_compatible: { name: 'x', lower_bound: 'x.x.x.x.x.x', upper_bound: 'x' } },
        ],
      },
      tests: [
        { python: { imports: ['a'], pip_check: false, python_version: '3.11' } },
        {
          package_contents: { lib: ['x'], bin: { exists: ['y'], not_exists: ['z'] }, strict: true },
        },
        { script: { interpreter: 'python', file: 't.py' } },
      ],
      about: { homepage: 'https://example.org/', description: 'words' },
      staging_caches: [
        {
          name: 's',
          build: { script: 'make' },
          requirements: { host: ['zlib'] },
          source: [{ git: 'https://example.org/a.git', rev: 'refs/tags/v1', lfs: true }],
        },
      ],
      inherits_from: { cache_name: 's', inherit_run_exports: false },
    });
  });

  it('has the configuration with platforms, variant, hash, channels and siblings so far', () => {
    const configuration = other?.['build_configuration'];
    assert.ok(typeof configuration === 'object' && configuration !== null);
    assert.deepEqual(configuration, {
      target_platform: 'noarch',
      host_platform: { platform: 'linux-64', virtual_packages: [] },
      build_platform: { platform: 'linux-64', virtual_packages: [] },
      variant: { target_platform: 'noarch' },
      hash: { hash: '4616a5c', prefix: '' },
      directories: { recipe_path: '/recipes/example/recipe.yaml' },
      channels: ['conda-forge'],
      subpackages: {
        Lib: { name: 'Lib', version: '1', build_string: 'hb0f4dca_2' },
        other: { name: 'other', version: '1', build_string: 'h4616a5c_0' },
      },
    });
  });
});
