/** Recipes of our own on which rendering is compared with rattler-build. */
import type { RenderTextOptions } from '../support/render-text.ts';

/** One comparison. */
export interface RenderCase {
  readonly name: string;
  readonly text: string;
  readonly options?: RenderTextOptions;
}

const single = "package: {name: example, version: '1.2'}\n";
const top = "recipe: {name: example, version: '1.2'}\n";
const pythons = ['3.10.* *_cpython', '3.11.* *_cpython', '3.12.* *_cpython'];

/** Every case is accepted by both sides. */
export const accepted: readonly RenderCase[] = [
  { name: 'no variant', text: single },
  { name: 'another platform', text: single, options: { build: 'osx-arm64' } },
  {
    name: 'cross compilation',
    text: `${single}requirements: {build: ["\${{ compiler('c') }}", "\${{ stdlib('c') }}", {if: build_platform != target_platform, then: qemu}]}`,
    options: {
      build: 'linux-64',
      target: 'linux-aarch64',
      variants: {
        c_compiler: ['gcc'],
        c_compiler_version: ['14'],
        c_stdlib: ['sysroot'],
        c_stdlib_version: ['2.17'],
      },
    },
  },
  {
    name: 'free specs over three pythons and two numpys',
    text: `${single}requirements: {host: [python, numpy, pip], run: [python, scipy]}`,
    options: { variants: { python: pythons, numpy: ['1.26', '2'], scipy: ['1'] } },
  },
  {
    name: 'zip keys, one of them unused',
    text: `${single}requirements: {host: [python, numpy]}`,
    options: {
      variants: { python: pythons, numpy: ['1', '1', '2'], is_abi3: ['a', 'b', 'c'] },
      zipKeys: [['python', 'numpy', 'is_abi3']],
    },
  },
  {
    name: 'languages in the build string',
    text: `${single}requirements: {host: [python, numpy, perl, lua, r-base]}`,
    options: {
      variants: {
        python: ['3.11'],
        numpy: ['1.26'],
        perl: ['5.26.2'],
        lua: ['5'],
        r_base: ['4.5'],
      },
    },
  },
  {
    name: 'noarch python',
    text: `${single}build: {noarch: python}\nrequirements: {host: [python], run: [python >=3.9, __unix]}`,
    options: { variants: { python: pythons } },
  },
  {
    name: 'noarch generic',
    text: `${single}build: {noarch: generic, number: 4}\nrequirements: {host: [python], run: ['__glibc >=2.17']}`,
    options: { variants: { python: ['3.12'] } },
  },
  {
    name: 'a build string of its own',
    text: `${single}build: {string: "v\${{ version | default('0') }}_h\${{ hash }}_\${{ build_number }}", number: 7}\nrequirements: {host: [zlib]}`,
    options: { variants: { zlib: ['1', '2'] } },
  },
  {
    name: 'equal results of two variants',
    text: `${single}build: {string: fixed}\nrequirements: {host: [zlib]}`,
    options: { variants: { zlib: ['1', '2'] } },
  },
  {
    name: 'context with types, slices, filters and conditions',
    text: `context:
  version: 3.10
  major: \${{ (version | split('.'))[0] | int }}
  names: [a, b]
  joined: \${{ names | join('-') }}
  flavour: \${{ 'new' if major >= 3 else 'old' }}
package: {name: "example-\${{ flavour }}", version: "\${{ version }}"}
requirements:
  run:
    - if: major == 3 and linux
      then: ["\${{ joined }}", "x >=\${{ major }},<\${{ major + 1 }}"]
      else: y
`,
  },
  {
    name: 'context that hides a variant',
    text: `context: {python_min: '3.12'}\n${single}requirements: {run: ["python >=\${{ python_min }}"]}`,
    options: { variants: { python_min: ['3.10'] } },
  },
  {
    name: 'context that reads what it hides',
    text: `context: {mpi: "\${{ mpi ~ '_x' }}"}\n${single}build: {string: "\${{ mpi }}_\${{ hash }}"}`,
    options: { variants: { mpi: ['openmpi', 'mpich'] } },
  },
  {
    name: 'types of variant values',
    text: `${single}about: {summary: "\${{ a }} \${{ b }} \${{ c }}"}`,
    options: { variants: { a: [1, 2], b: [true], c: ['1'] } },
  },
  {
    name: 'use_keys and ignore_keys',
    text: `${single}build: {variant: {use_keys: [flavour], ignore_keys: [zlib]}}\nrequirements: {host: [zlib, python]}`,
    options: { variants: { flavour: ['a', 'b'], zlib: ['1'], python: ['3.12'] } },
  },
  {
    name: 'keys that the environment has',
    text: single,
    options: {
      variants: { PATH: ['p'], CFLAGS: ['f'], MACOSX_DEPLOYMENT_TARGET: ['11'], QEMU_UNAME: ['u'] },
    },
  },
  {
    name: 'specs in many spellings',
    text: `${single}requirements: {run: ['a=1.2', 'b = 1.2', 'c 1.2*', 'd >= 1, < 2', 'e >=1,<2 h*', "f[version='>=1']", 'G', 'h ==1.0 py_0', 'conda-forge::i', 'j  # words']}`,
  },
  {
    name: 'staging inherited by two, one of them without run exports',
    text: `${top}build: {number: 2}
outputs:
  - staging: {name: compile}
    requirements: {build: ["\${{ compiler('cxx') }}"], host: [zlib, python]}
  - package: {name: lib}
    inherit: compile
    requirements: {run_exports: ["\${{ pin_subpackage('lib', upper_bound='x.x') }}"]}
  - package: {name: tools}
    inherit: {from: compile, run_exports: false}
    requirements: {run: ["\${{ pin_subpackage('lib', exact=True) }}"]}
`,
    options: {
      variants: {
        cxx_compiler: ['gxx'],
        cxx_compiler_version: ['14'],
        zlib: ['1'],
        python: pythons,
      },
    },
  },
  {
    name: 'exact pins that multiply, and order by pins',
    text: `${top}outputs:
  - package: {name: meta}
    requirements: {run: ["\${{ pin_subpackage('core', exact=True) }}", "\${{ pin_compatible('numpy', upper_bound='x') }}"]}
  - package: {name: core}
    requirements: {host: [python]}
  - package: {name: aside}
    build: {noarch: generic}
    requirements: {run_constraints: ["\${{ pin_subpackage('core', lower_bound='x.x', upper_bound=None) }}"]}
`,
    options: { variants: { python: pythons } },
  },
  {
    name: 'outputs named by a variant',
    text: `${top}outputs:
  - package: {name: "for_\${{ cross }}"}
    requirements: {build: ["impl_\${{ cross }}", "\${{ dep }}"]}
  - package: {name: "impl_\${{ cross }}"}
`,
    options: { variants: { cross: ['a', 'b'], dep: ['zlib'], zlib: ['1', '2'] } },
  },
  {
    name: 'scripts and tests that mention variants',
    text: `${single}build: {script: ["make \${{ flavour }} \${{ PREFIX }}"]}\ntests: [{script: ["echo \${{ taste }}"]}]`,
    options: { variants: { flavour: ['a', 'b'], taste: ['x'] } },
  },
];

/** Every case is refused by both sides. */
export const refused: readonly RenderCase[] = [
  { name: 'an unknown key', text: `${single}buid: {}` },
  {
    name: 'an undefined condition',
    text: `${single}requirements: {host: [{if: nosuch, then: a}]}`,
  },
  { name: 'an undefined variable', text: `${single}about: {summary: "\${{ nosuch }}"}` },
  { name: 'an anchor', text: 'package: {name: &n x, version: *n}' },
  { name: 'a duplicate key', text: `${single}package: {name: y}` },
  { name: 'a single value for a list', text: `${single}requirements: {host: zlib}` },
  { name: 'an unknown staging output', text: `${top}outputs: [{package: {name: x}, inherit: y}]` },
  {
    name: 'run requirements of a staging output',
    text: `${top}outputs: [{staging: {name: x}, requirements: {run: [a]}}]`,
  },
  {
    name: 'a cycle',
    text: `${top}outputs: [{package: {name: a}, requirements: {host: [b]}}, {package: {name: b}, requirements: {host: [a]}}]`,
  },
  {
    name: 'an exact pin on nothing',
    text: `${top}outputs: [{package: {name: a}, requirements: {run: ["\${{ pin_subpackage('b', exact=True) }}"]}}]`,
  },
  { name: 'a spec without comparison', text: `${single}requirements: {host: ['foo 1.2']}` },
  { name: 'no version', text: 'outputs: [{package: {name: a}}]' },
];
