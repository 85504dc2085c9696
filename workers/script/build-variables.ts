/**
 * The variables that a build script sees (spec 4.4), as data: nothing is read from this process. Groups
 * come in the order in which later ones win: common, Python, R, operating system, variant.
 */
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import {
  isUnix,
  isWindows,
  platformArchitecture,
  platformFamily,
  sharedLibrarySuffix,
} from '#proto/conda/platform.ts';
import type { Platforms, Variant, VariantValue } from '#proto/recipe/recipe.ts';

/** Values by name. */
export type Variables = Readonly<Record<string, string>>;

/** What makes a package output known to its script; a staging output has none of it. */
export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
  readonly buildNumber: number;
  readonly buildString: string;
  /** 7 hex digits. */
  readonly hash: string;
}

/** Where the output is built. */
export interface VariablePlaces {
  /** `$BUILD_DIR`. */
  readonly directory: string;
  readonly workDir: string;
  readonly hostPrefix: string;
  /** Equals `hostPrefix` where both environments are merged. */
  readonly buildPrefix: string;
  readonly packageFilesPath: string;
  readonly recipeDir: string;
}

/** What the variables are made of. */
export interface BuildVariablesInput {
  /** Null for a staging output: variables that name a package would keep compiler caches from hitting. */
  readonly identity: PackageIdentity | null;
  readonly platforms: Platforms;
  /** The output's used variant; of a staging output its own. */
  readonly variant: Variant;
  readonly places: VariablePlaces;
  /** Records of the host environment: they say which Python it has. */
  readonly hostRecords: readonly RepodataRecord[];
  readonly noarch: 'python' | 'generic' | null;
  /** True for packages that work with several Python versions (CEP 20). */
  readonly isVersionIndependent: boolean;
  readonly cpuCount: number;
  readonly epochSeconds: number;
  /** Environment of the command, for the few variables that are passed on. */
  readonly caller: Variables;
}

/** Variant keys that are only known through their own variables. */
const LANGUAGE_KEYS: ReadonlySet<string> = new Set([
  'perl',
  'lua',
  'r',
  'numpy',
  'python',
  'ruby',
  'nodejs',
]);

/** All variables of spec 4.4 but `script.env`, secrets and those of {@link processEnvironment}. */
export function buildVariables(input: BuildVariablesInput): Variables {
  return {
    ...identityVariables(input.identity),
    ...placeVariables(input),
    ...platformGroup(input.platforms),
    CONDA_BUILD: '1',
    CONDA_BUILD_STATE: 'BUILD',
    ...pythonVariables(input),
    ...pipVariables(input.places),
    ...rVariables(input),
    ...systemVariables(input),
    SOURCE_DATE_EPOCH: String(input.epochSeconds),
    ...variantVariables(input.variant),
  };
}

function identityVariables(identity: PackageIdentity | null): Variables {
  if (identity === null) return {};
  return {
    PKG_NAME: identity.name,
    PKG_VERSION: identity.version,
    PKG_BUILDNUM: String(identity.buildNumber),
    PKG_BUILD_STRING: identity.buildString,
    PKG_HASH: identity.hash,
  };
}

function placeVariables({ places }: BuildVariablesInput): Variables {
  return {
    PREFIX: places.hostPrefix,
    BUILD_PREFIX: places.buildPrefix,
    SRC_DIR: places.workDir,
    RECIPE_DIR: places.recipeDir,
    BUILD_DIR: places.directory,
    CONDA_DEFAULT_ENV: places.hostPrefix,
    RATTLER_BUILD_PACKAGE_FILES: places.packageFilesPath,
  };
}

/** The group that says which platforms are meant. */
function platformGroup(platforms: Platforms): Variables {
  return {
    ARCH: platforms.host.split('-')[1] ?? '',
    SUBDIR: platforms.target,
    target_platform: platforms.target,
    build_platform: platforms.build,
    host_platform: platforms.host,
    CONDA_BUILD_CROSS_COMPILATION: platforms.target === platforms.build ? '0' : '1',
  };
}

/** What the Python group needs to know. */
type PythonInput = Pick<
  BuildVariablesInput,
  'platforms' | 'variant' | 'hostRecords' | 'noarch' | 'isVersionIndependent'
> & {
  readonly places: { readonly hostPrefix: string };
};

/** Version from the environment, else from the variant. */
function pythonVariables(input: PythonInput): Variables {
  const { hostPrefix } = input.places;
  const isOnWindows = isWindows(input.platforms.host);
  const record = input.hostRecords.find(({ name }) => name === 'python');
  const version = majorMinor(record?.version ?? textOf(input.variant['python']));
  const bytecode: Variables =
    input.noarch === 'python' || input.isVersionIndependent ? { PYTHONDONTWRITEBYTECODE: '1' } : {};
  // Named even where no Python is installed: scripts pass it on to configure without looking.
  const python = isOnWindows ? `${hostPrefix}/python.exe` : `${hostPrefix}/bin/python`;
  const common = {
    PYTHON: python,
    PYTHONNOUSERSITE: '1',
    ...bytecode,
    ...numpyVariables(input.variant),
  };
  if (version === undefined) return common;
  const library = isOnWindows ? `${hostPrefix}/Lib` : `${hostPrefix}/lib/python${version}`;
  const sitePackages = record?.python_site_packages_path;
  return {
    ...common,
    PY3K: version.startsWith('2.') ? '0' : '1',
    PY_VER: version,
    STDLIB_DIR: library,
    SP_DIR:
      sitePackages === undefined ? `${library}/site-packages` : `${hostPrefix}/${sitePackages}`,
  };
}

function numpyVariables(variant: Variant): Variables {
  const version = majorMinor(textOf(variant['numpy']));
  return version === undefined ? {} : { NPY_VER: version, NPY_DISTUTILS_APPEND_FLAGS: '1' };
}

/** `3.12` of `3.12.1`, `3.12.* *_cpython` and the like. */
function majorMinor(version: string | undefined): string | undefined {
  return version === undefined ? undefined : /\d+\.\d+/.exec(version)?.[0];
}

function textOf(value: VariantValue | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

/** A build must take from its environments only what the recipe asked for. */
function pipVariables({ directory }: VariablePlaces): Variables {
  return {
    PIP_NO_BUILD_ISOLATION: 'False',
    PIP_NO_DEPENDENCIES: 'True',
    PIP_IGNORE_INSTALLED: 'True',
    PIP_CACHE_DIR: `${directory}/pip_cache`,
    PIP_NO_INDEX: 'True',
  };
}

function rVariables({ variant, places: { hostPrefix } }: BuildVariablesInput): Variables {
  const version = textOf(variant['r_base']);
  if (version === undefined) return {};
  return { R_VER: version, R: `${hostPrefix}/bin/R`, R_USER: `${hostPrefix}/Libs/R` };
}

function systemVariables(input: BuildVariablesInput): Variables {
  const { platforms } = input;
  const platform = platforms.target === 'noarch' ? platforms.host : platforms.target;
  return {
    CPU_COUNT: String(input.cpuCount),
    SHLIB_EXT: sharedLibrarySuffix(platform),
    ...(isUnix(platform) ? unixVariables(input) : {}),
    ...familyVariables(platform, input),
  };
}

function familyVariables(platform: string, input: BuildVariablesInput): Variables {
  switch (platformFamily(platform)) {
    case 'linux':
      return linuxVariables(input);
    case 'osx':
      return osxVariables(platform, input);
    case 'win':
      return windowsVariables(input);
    default:
      return {};
  }
}

function unixVariables({ places, caller }: BuildVariablesInput): Variables {
  return {
    PKG_CONFIG_PATH: `${places.hostPrefix}/lib/pkgconfig`,
    CMAKE_GENERATOR: 'Unix Makefiles',
    ...passedOn(caller, ['SSL_CERT_FILE']),
  };
}

function linuxVariables({ places, platforms, caller }: BuildVariablesInput): Variables {
  const architecture = machineName(platforms.build);
  const generation = /^(x86_64|i686)$/.test(architecture) ? 'cos6' : 'cos7';
  return {
    ...passedOn(caller, ['QEMU_LD_PREFIX', 'QEMU_UNAME', 'DEJAGNU', 'DISPLAY']),
    LD_RUN_PATH: `${places.hostPrefix}/lib`,
    BUILD: `${architecture}-conda_${generation}-linux-gnu`,
  };
}

/** As compilers name the machine. */
function machineName(platform: string): string {
  const architecture = platformArchitecture(platform) ?? '';
  return architecture === 'x86' ? 'i686' : architecture;
}

function osxVariables(platform: string, { platforms }: BuildVariablesInput): Variables {
  const isArm = platform === 'osx-arm64';
  const builds: Variables = {
    'osx-64': 'x86_64-apple-darwin13.4.0',
    'osx-arm64': 'arm64-apple-darwin20.0.0',
  };
  const build = builds[platforms.build] ?? 'i386-apple-darwin13.4.0';
  return {
    OSX_ARCH: isArm ? 'arm64' : 'x86_64',
    MACOSX_DEPLOYMENT_TARGET: isArm ? '11.0' : '10.9',
    BUILD: build,
  };
}

function windowsVariables({ places, platforms }: BuildVariablesInput): Variables {
  const library = `${places.hostPrefix}/Library`;
  const machine = { 'win-64': 'amd64', 'win-arm64': 'arm64' }[platforms.build] ?? 'i386';
  return {
    SCRIPTS: `${places.hostPrefix}/Scripts`,
    LIBRARY_PREFIX: library,
    LIBRARY_BIN: `${library}/bin`,
    LIBRARY_INC: `${library}/include`,
    LIBRARY_LIB: `${library}/lib`,
    LIB: `${library}/lib`,
    INCLUDE: `${library}/include`,
    CYGWIN_PREFIX: places.hostPrefix,
    BUILD: `${machine}-pc-windows-19.0.0`,
  };
}

/** Every variant key as a variable, the languages left out. */
function variantVariables(variant: Variant): Variables {
  const entries = Object.entries(variant).flatMap(([key, value]): [string, string][] => {
    const name = key.replace(/[-.]/g, '_');
    const text = textOf(value);
    const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
    return LANGUAGE_KEYS.has(name) || text === undefined || !isName ? [] : [[name, text]];
  });
  return Object.fromEntries(entries);
}

const PASSED_ON = [
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'SSH_AUTH_SOCK',
  'DISPLAY',
  'http_proxy',
  'https_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
] as const;
const PASSED_ON_CONDA_BUILD = [
  'CFLAGS',
  'CXXFLAGS',
  'LDFLAGS',
  'MAKEFLAGS',
  'LANG',
  'LC_ALL',
  'HOME',
] as const;
const PATH_DEFAULT = '/usr/local/bin:/usr/bin:/bin';

/** How much of the caller's environment a script sees (spec 4.3). */
export type EnvIsolation = 'strict' | 'conda-build' | 'none';

/**
 * The environment that the script's shell starts in; `build_env.sh` adds the build variables. Without
 * `CONDA_BUILD`, whose absence tells the generated script to read that file.
 */
export function processEnvironment(
  isolation: EnvIsolation,
  caller: Variables,
  workDir: string,
): Variables {
  if (isolation === 'none') {
    const entries = Object.entries({ PATH: PATH_DEFAULT, ...caller });
    return Object.fromEntries(entries.filter(([name]) => name !== 'CONDA_BUILD'));
  }
  return {
    PATH: PATH_DEFAULT,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    HOME: workDir,
    USER: 'rattler',
    SHELL: '/bin/bash',
    EDITOR: '/bin/false',
    TERM: 'xterm-256color',
    ...passedOn(caller, ['PATH', ...PASSED_ON]),
    ...(isolation === 'conda-build' ? passedOn(caller, PASSED_ON_CONDA_BUILD) : {}),
  };
}

function passedOn(caller: Variables, names: readonly string[]): Variables {
  const present = names.flatMap((name): [string, string][] => {
    const value = caller[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(present);
}
