/** Random sections of recipes. */
import fc from 'fast-check';
import type { Block } from '../yaml-text.ts';
import {
  OUTPUTS,
  PACKAGES,
  VARIANT_NAMES,
  condition,
  conditionalList,
  listOf,
  pick,
  quoted,
  rarely,
  some,
  templated,
  type Blocks,
  type Text,
} from './expressions.ts';

const constraint = pick(
  '',
  '',
  '',
  ' >=1.2',
  ' 1.2.*',
  ' =3.1',
  ' >=1,<2',
  ' 3.1.* *_cpython',
  ' ==1.0',
  ' !=1.5',
  ' ~=1.4',
);
const pin = fc
  .tuple(
    pick('pin_subpackage', 'pin_subpackage', 'pin_compatible'),
    pick('alpha', 'alpha', 'beta', 'numpy', 'zlib', 'Delta'),
    pick(
      '',
      '',
      '',
      ", upper_bound='x.x'",
      ", lower_bound='x.x', upper_bound='x'",
      ', upper_bound=None',
      ", lower_bound='1.0'",
      ", build='py*'",
    ),
  )
  .map(([pinning, target, rest]) => quoted(`\${{ ${pinning}('${target}'${rest}) }}`));
const exactPin = pick('alpha', 'beta').map((target) =>
  quoted(`\${{ pin_subpackage('${target}', exact=True) }}`),
);
const plainSpec: Text = fc
  .tuple(pick<string>(...PACKAGES, ...OUTPUTS), constraint)
  .map((parts) => parts.join(''));
const spec: Text = fc
  .oneof(
    { weight: 8, arbitrary: plainSpec },
    {
      weight: 1,
      arbitrary: pick(
        '__unix',
        '__linux',
        '__osx >=11',
        'conda-forge::zlib',
        'zlib[version=">=1"]',
        'Zlib',
        'zlib >= 1.2 , < 2',
        'foo * h*_0',
      ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          pick<string>(...PACKAGES),
          pick('==', '>=', '<', '', '='),
          rarely(
            6,
            pick('count', 'version[:3]', "version | split('.') | first"),
            pick('version', 'numpy', 'zlib', 'c_compiler_version'),
          ),
        )
        .map(([package_, operator, text]) =>
          quoted(`${package_} ${operator}\${{ ${text} }}${operator === '' ? '.*' : ''}`),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(condition, pick('zlib', 'openssl >=3'))
        .map(([test, package_]) => quoted(`\${{ "${package_}" if ${test} }}`)),
    },
  )
  .map((text) => (/^['"]/.test(text) ? text : quoted(text)));
const tool: Text = rarely(
  6,
  pick("${{ stdlib('c') }}", "${{ cdt('mesa-devel') }}"),
  pick("${{ compiler('c') }}", "${{ compiler('cxx') }}", "${{ compiler('rust') }}"),
);

const buildSpecs = conditionalList(
  fc.oneof({ weight: 2, arbitrary: tool.map(quoted) }, { weight: 2, arbitrary: spec }),
);
const hostSpecs = conditionalList(rarely(8, pin, spec));
const runSpecs = conditionalList(
  fc.oneof(
    { weight: 6, arbitrary: spec },
    { weight: 3, arbitrary: pin },
    { weight: 2, arbitrary: exactPin },
  ),
);
const exportSpecs = conditionalList(fc.oneof(spec, pin), 2);
const names = conditionalList(pick<string>(...PACKAGES), 2);
const ignored = some({ by_name: names, from_package: names });

export const requirements = some({
  build: buildSpecs,
  host: hostSpecs,
  run: runSpecs,
  run_constraints: conditionalList(rarely(5, pin, spec), 2),
  run_exports: fc.oneof(
    exportSpecs,
    some({
      weak: exportSpecs,
      strong: exportSpecs,
      noarch: exportSpecs,
      weak_constraints: exportSpecs,
      strong_constraints: exportSpecs,
    }),
  ),
  ignore_run_exports: ignored,
});
/** Not of siblings: the peer doesn't order outputs by what staging outputs require. */
const outsideSpec = pick<string>(...PACKAGES, 'zlib >=1.2', 'numpy =${{ numpy }}').map(quoted);
export const stagingRequirements = some({
  build: conditionalList(fc.oneof(tool.map(quoted), outsideSpec)),
  host: conditionalList(outsideSpec),
  ignore_run_exports: ignored,
});

const glob = pick('lib/**', '"*.so"', 'bin/', 'share/doc', '"{a,b}/*"', 'include');
const globs: Blocks = fc.oneof(
  conditionalList(glob, 2),
  some({ include: listOf(glob, 2), exclude: listOf(glob, 2) }),
);
const command: Text = rarely(
  3,
  pick(
    '"echo ${{ PREFIX }} ${{ version }}"',
    '"make -j${CPU_COUNT}"',
    '"${{ undefined_there }}"',
    'echo ${{ python }}',
  ),
  pick('make install', 'echo hello', '"python -m pip install ."'),
);
export const script: Blocks = fc.oneof(
  command,
  conditionalList(command, 3),
  some(
    {
      env: some({ A: pick('one', '"2"'), B: templated }),
      secrets: listOf(pick('TOKEN', 'KEY'), 2),
      interpreter: pick('bash', 'python'),
      content: fc.oneof(command, listOf(command, 2)),
    },
    ['content'],
  ),
);
const flag = rarely(
  6,
  condition.map((text) => quoted(`\${{ ${text} }}`)),
  pick('true', 'false', 'True', 'False'),
);

const buildParts = {
  number: rarely(
    4,
    pick("'${{ count }}'", "'${{ 100 if win else 2 }}'"),
    pick('0', '1', '7', '1000'),
  ),
  // Without platform variables: the peer takes those of the machine it runs on.
  string: pick(
    "'${{ hash }}_${{ build_number }}'",
    'custom',
    "'py_${{ python | version_to_buildstring }}_h${{ hash }}'",
    "'${{ mpi }}_h${{ hash }}_0'",
    '\'${{ mpi }}${{ debug_level if mpi == "nompi" else zlib }}_${{ version | replace(".", "_") }}\'',
  ),
  noarch: pick('python', 'generic'),
  script,
  skip: fc.oneof(
    pick('false', 'win', 'nosuch'),
    listOf(rarely(3, condition.map(quoted), pick('false', 'win and osx')), 2),
  ),
  always_copy_files: listOf(glob, 2),
  always_include_files: listOf(glob, 2),
  merge_build_and_host_envs: flag,
  files: globs,
  dynamic_linking: some({
    rpaths: listOf(pick('lib/', 'lib64/'), 2),
    binary_relocation: fc.oneof(pick('true', 'false'), listOf(glob, 2)),
    missing_dso_allowlist: listOf(glob, 2),
    rpath_allowlist: listOf(glob, 2),
    overdepending_behavior: pick('ignore', 'error'),
    overlinking_behavior: pick('ignore', 'error'),
  }),
  variant: some({
    use_keys: listOf(pick<string>(...VARIANT_NAMES), 2),
    ignore_keys: listOf(pick<string>(...VARIANT_NAMES), 2),
    down_prioritize_variant: pick('0', '1', '3'),
  }),
  prefix_detection: some({
    force_file_type: some({ text: listOf(glob, 2), binary: listOf(glob, 2) }),
    ignore: fc.oneof(pick('true', 'false'), listOf(glob, 2)),
    ignore_binary_files: pick('true', 'false'),
  }),
  python: some({
    entry_points: listOf(pick('tool = tool.main:run', "'a=b:c'"), 2),
    skip_pyc_compilation: listOf(glob, 2),
    use_python_app_entrypoint: pick('true', 'false'),
    version_independent: pick('true', 'false'),
  }),
  post_process: conditionalList(
    fc.record({
      files: listOf(glob, 2),
      regex: pick('"a+"', 'foo'),
      replacement: pick('b', '""'),
    }) as Blocks,
    1,
  ),
};
/** Most keys of `build` are rare, or nearly every recipe would have one that hides the others. */
export const build: Blocks = fc
  .tuple(
    some({ number: buildParts.number, script: buildParts.script }),
    rarely(4, some({ noarch: buildParts.noarch, skip: buildParts.skip }), fc.constant({})),
    rarely(5, some({ string: buildParts.string, variant: buildParts.variant }), fc.constant({})),
    rarely(4, some(buildParts), fc.constant({})),
  )
  .map((parts) => Object.assign({}, ...parts.toReversed()) as Block);

/** Top-level `build` of several outputs: without the mappings that stageyard merges key by key and the peer doesn't. */
export const sharedBuild: Blocks = some({
  number: buildParts.number,
  script: buildParts.script,
  skip: buildParts.skip,
  always_copy_files: buildParts.always_copy_files,
});

const SHA = '0123456789abcdef'.repeat(4);
const source: Blocks = fc.oneof(
  some(
    {
      url: fc.oneof(
        pick("'https://example.org/a-${{ version }}.tar.gz'", 'https://example.org/a.zip'),
        listOf(
          pick('https://example.org/a.tar.gz', 'https://mirror.example.org/a.tar.gz'),
          2,
        ).filter((list) => list.length > 0),
      ),
      sha256: pick(SHA, `"${SHA.toUpperCase()}"`),
      md5: pick(SHA.slice(0, 32)),
      patches: conditionalList(pick('a.patch', 'patches/b.patch'), 2),
      target_directory: pick('sub', 'sub/dir'),
      file_name: pick('a.bin'),
    },
    ['url'],
  ),
  some(
    {
      path: pick('.', '../src', 'files'),
      use_gitignore: pick('true', 'false'),
      target_directory: pick('sub'),
      filter: globs,
      patches: listOf(pick('a.patch'), 1),
    },
    ['path'],
  ),
  fc.oneof(
    some(
      {
        git: pick('https://example.org/a.git', '../repo'),
        lfs: pick('true', 'false'),
        depth: pick('1', '5'),
        branch: pick('main'),
      },
      ['git'],
    ),
    some(
      {
        git: pick('https://example.org/a.git'),
        submodules: pick('true', 'false'),
        target_directory: pick('sub'),
        tag: pick("'v${{ version }}'", 'v1'),
      },
      ['git', 'tag'],
    ),
    some(
      {
        git: pick('https://example.org/a.git'),
        rev: pick('abcdef0123456789abcdef0123456789abcdef01', '"1234567"'),
      },
      ['git', 'rev'],
    ),
  ),
);
export const sources: Blocks = fc.oneof(source, conditionalList(source, 2));

const patterns: Blocks = fc.oneof(
  conditionalList(glob, 2),
  some({ exists: listOf(glob, 2), not_exists: listOf(glob, 2) }),
);
const test: Blocks = fc.oneof(
  some(
    {
      script,
      requirements: some({ run: conditionalList(spec, 2), build: conditionalList(spec, 1) }),
      files: some({ source: listOf(glob, 2), recipe: listOf(glob, 2) }),
    },
    ['script'],
  ),
  some(
    {
      python: some(
        {
          imports: conditionalList(pick('alpha', "'${{ flavour }}'"), 2),
          pip_check: pick('true', 'false'),
          python_version: fc.oneof(
            pick('"3.11.*"', "'${{ python }}'"),
            listOf(pick('3.11', '"3.12.*"'), 2),
          ),
        },
        ['imports'],
      ),
    },
    ['python'],
  ),
  some(
    {
      package_contents: some({
        files: patterns,
        site_packages: patterns,
        bin: patterns,
        lib: patterns,
        include: patterns,
        strict: pick('true', 'false'),
      }),
    },
    ['package_contents'],
  ),
  pick<Block>(
    { perl: { uses: ['A::B'] } },
    { r: { libraries: ['x'] } },
    { ruby: { requires: ['y'] } },
    { downstream: 'libfoo' },
    { downstream: "'libfoo >=1'" },
  ),
);
export const tests = conditionalList(test, 2);

export const about = some({
  homepage: pick(
    'https://example.org',
    'https://example.org/a b',
    "'https://example.org/${{ version }}'",
  ),
  repository: pick('https://example.org/repo'),
  documentation: pick('https://docs.example.org/'),
  license: pick(
    'MIT',
    'Apache-2.0 OR MIT',
    'LicenseRef-Mine',
    'BSD-3-Clause',
    'GPL-2.0-only WITH Classpath-exception-2.0',
  ),
  license_file: fc.oneof(pick('LICENSE'), conditionalList(pick('COPYING', 'LICENSE'), 2)),
  license_family: pick('MIT', 'Other'),
  summary: fc.oneof(templated, pick('A library')),
  description: pick('Long', '"two\\nlines"'),
});
export const extra = some({
  'recipe-maintainers': listOf(pick('one', 'two'), 2),
  note: pick('1', 'true', '"x"', '1.10', 'null'),
  nested: some({ a: pick('1', '~') }),
});
