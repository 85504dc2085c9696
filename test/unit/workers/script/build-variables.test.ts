import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  buildVariables,
  type BuildVariablesInput,
  processEnvironment,
} from '#workers/script/build-variables.ts';

const input = (more: Partial<BuildVariablesInput> = {}): BuildVariablesInput => ({
  identity: {
    name: 'libfoo',
    version: '1.0',
    buildNumber: 3,
    buildString: 'h0123456_3',
    hash: '0123456',
  },
  platforms: { target: 'linux-64', host: 'linux-64', build: 'linux-64' },
  variant: {},
  places: {
    directory: '/b',
    workDir: '/b/work',
    hostPrefix: '/b/host',
    buildPrefix: '/b/build',
    packageFilesPath: '/b/files',
    recipeDir: '/b/recipe',
  },
  hostRecords: [],
  noarch: null,
  isVersionIndependent: false,
  cpuCount: 2,
  epochSeconds: 1_700_000_000,
  caller: {},
  ...more,
});
const python = {
  name: 'python',
  version: '3.12.7',
  build: 'h_0',
  build_number: 0,
  subdir: 'linux-64',
  depends: [],
  fn: 'python-3.12.7-h_0.conda',
  url: 'file:///c/python-3.12.7-h_0.conda',
  channel: 'c',
};

describe('build variables', () => {
  it('name the package, its places and the platforms', () => {
    const variables = buildVariables(input());
    const expected = {
      PKG_NAME: 'libfoo',
      PKG_BUILDNUM: '3',
      PKG_HASH: '0123456',
      PREFIX: '/b/host',
      BUILD_PREFIX: '/b/build',
      SRC_DIR: '/b/work',
      ARCH: '64',
      SUBDIR: 'linux-64',
      CONDA_BUILD: '1',
      CONDA_BUILD_CROSS_COMPILATION: '0',
      CPU_COUNT: '2',
      SHLIB_EXT: '.so',
      LD_RUN_PATH: '/b/host/lib',
      BUILD: 'x86_64-conda_cos6-linux-gnu',
      SOURCE_DATE_EPOCH: '1700000000',
      PIP_CACHE_DIR: '/b/pip_cache',
    };
    for (const [name, value] of Object.entries(expected))
      assert.equal(variables[name], value, name);
  });

  it('name no package for a staging output', () => {
    const names = Object.keys(buildVariables(input({ identity: null })));
    assert.deepEqual(
      names.filter((name) => name.startsWith('PKG_') && name !== 'PKG_CONFIG_PATH'),
      [],
    );
  });

  it('hold the variant except the languages, whatever its types', () => {
    const variant = {
      'c-compiler': 'gcc',
      flag: true,
      number: 3,
      python: '3.11',
      r: '4',
      nothing: null,
    };
    const variables = buildVariables(input({ variant }));
    assert.deepEqual(
      [variables['c_compiler'], variables['flag'], variables['number']],
      ['gcc', 'true', '3'],
    );
    for (const name of ['python', 'r', 'nothing']) assert.ok(!(name in variables), name);
  });

  it('say which Python the host environment has, else the variant', () => {
    const installed = buildVariables(
      input({ hostRecords: [python], variant: { python: '3.11.* *_cpython' } }),
    );
    assert.equal(installed['PY_VER'], '3.12');
    assert.equal(installed['SP_DIR'], '/b/host/lib/python3.12/site-packages');
    const planned = buildVariables(
      input({ variant: { python: '3.11.* *_cpython', numpy: '1.26' } }),
    );
    assert.equal(planned['PY_VER'], '3.11');
    assert.equal(planned['NPY_VER'], '1.26');
    const own = { ...python, python_site_packages_path: 'lib/python3.13t/site-packages' };
    assert.equal(
      buildVariables(input({ hostRecords: [own] }))['SP_DIR'],
      '/b/host/lib/python3.13t/site-packages',
    );
    const without = buildVariables(input());
    assert.ok(!('PY_VER' in without));
    assert.equal(without['PYTHON'], '/b/host/bin/python', 'named even where none is installed');
  });

  it('count a noarch target as cross compilation and take the system from the host platform', () => {
    const platforms = { target: 'noarch', host: 'osx-arm64', build: 'osx-arm64' };
    const variables = buildVariables(input({ platforms, noarch: 'python' }));
    assert.equal(variables['CONDA_BUILD_CROSS_COMPILATION'], '1');
    assert.equal(variables['target_platform'], 'noarch');
    assert.equal(variables['SHLIB_EXT'], '.dylib');
    assert.equal(variables['MACOSX_DEPLOYMENT_TARGET'], '11.0');
    assert.equal(variables['PYTHONDONTWRITEBYTECODE'], '1');
  });
});

describe('the environment of a script', () => {
  const caller = {
    PATH: '/p',
    HOME: '/me',
    SECRET: 's',
    CFLAGS: '-O1',
    https_proxy: 'x',
    CONDA_BUILD: '1',
  };

  it('is closed to the caller but for a few names', () => {
    const strict = processEnvironment('strict', caller, '/w');
    assert.equal(strict['HOME'], '/w');
    assert.equal(strict['PATH'], '/p');
    assert.equal(strict['https_proxy'], 'x');
    assert.ok(!('SECRET' in strict) && !('CFLAGS' in strict) && !('CONDA_BUILD' in strict));
  });

  it('lets compiler flags and the home directory through in the manner of conda-build', () => {
    const environment = processEnvironment('conda-build', caller, '/w');
    assert.equal(environment['CFLAGS'], '-O1');
    assert.equal(environment['HOME'], '/me');
    assert.ok(!('SECRET' in environment));
  });

  it('is the whole of the caller where isolation is off, less what would hide the build variables', () => {
    const environment = processEnvironment('none', caller, '/w');
    assert.equal(environment['SECRET'], 's');
    assert.ok(!('CONDA_BUILD' in environment));
  });
});
