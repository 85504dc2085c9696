/**
 * What a machine can do, as packages (`__glibc`, `__unix`, …; CEP 30): of the machine itself where
 * the environment will run here, else what such a platform has at least. `CONDA_OVERRIDE_*` variables
 * change a version; an empty one removes the package.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { VirtualPackage } from './solver-protocol.ts';

/** What the detection looks at; a test gives its own. */
export interface MachineFacts {
  /** Conda platform of this machine. */
  readonly platform: string;
  /** `uname -r`. */
  readonly kernelRelease: string;
  readonly glibcVersion?: string;
  /** Flags of the first processor, as in `/proc/cpuinfo`. */
  readonly cpuFlags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What foreign machines are assumed to have: the oldest systems that channels still build for. */
const FOREIGN = {
  linuxVersion: '5.10',
  glibcVersion: '2.17',
  osxVersion: { 'osx-64': '10.15', 'osx-arm64': '11.0' },
  winVersion: '10.0',
} as const;

const DEFAULT_ARCHSPEC: Readonly<Record<string, string>> = {
  'linux-64': 'x86_64',
  'linux-32': 'x86',
  'linux-aarch64': 'aarch64',
  'linux-ppc64le': 'ppc64le',
  'linux-riscv64': 'riscv64',
  'linux-s390x': 's390x',
  'osx-64': 'x86_64',
  'osx-arm64': 'm1',
  'win-64': 'x86_64',
  'win-arm64': 'aarch64',
};

/** Levels of the x86-64 psABI, highest first, with the flags that prove them. */
const X86_LEVELS: readonly (readonly [string, readonly string[]])[] = [
  ['x86_64_v4', ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']],
  ['x86_64_v3', ['avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave']],
  ['x86_64_v2', ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3']],
];

const VERSION = /^\d+(\.\d+)*$/;

function versionHead(text: string): string {
  return /^\d+(?:\.\d+)*/.exec(text)?.[0] ?? '0';
}

function archspecOf(facts: MachineFacts, platform: string, isHere: boolean): string {
  const usual = DEFAULT_ARCHSPEC[platform] ?? platform.slice(platform.indexOf('-') + 1);
  if (!isHere || usual !== 'x86_64') return usual;
  const flags = new Set(facts.cpuFlags);
  const level = X86_LEVELS.findIndex(([, needed]) => needed.every((flag) => flags.has(flag)));
  // A level includes those below it.
  const isWhole =
    level >= 0 &&
    X86_LEVELS.slice(level).every(([, needed]) => needed.every((flag) => flags.has(flag)));
  return (isWhole ? X86_LEVELS[level]?.[0] : undefined) ?? usual;
}

function overridden(
  facts: MachineFacts,
  name: string,
  detected: string | undefined,
): string | undefined {
  const override = facts.environment[`CONDA_OVERRIDE_${name}`];
  if (override === undefined) return detected;
  const version = override.trim();
  return version === '' || !VERSION.test(version) ? undefined : version;
}

function osVersions(
  facts: MachineFacts,
  platform: string,
  isHere: boolean,
): readonly (readonly [string, string | undefined])[] {
  if (platform.startsWith('linux-')) {
    const glibc = isHere ? facts.glibcVersion : FOREIGN.glibcVersion;
    return [
      [
        '__linux',
        overridden(
          facts,
          'LINUX',
          isHere ? versionHead(facts.kernelRelease) : FOREIGN.linuxVersion,
        ),
      ],
      ['__glibc', overridden(facts, 'GLIBC', glibc)],
    ];
  }
  if (platform === 'osx-64' || platform === 'osx-arm64')
    return [['__osx', overridden(facts, 'OSX', FOREIGN.osxVersion[platform])]];
  if (platform.startsWith('win-')) return [['__win', overridden(facts, 'WIN', FOREIGN.winVersion)]];
  return [];
}

/** Virtual packages of an environment for `platform`, sorted by name. */
export function virtualPackagesOf(
  platform: string,
  facts: MachineFacts,
): readonly VirtualPackage[] {
  const isHere = platform === facts.platform;
  const isUnix = /^(linux|osx|freebsd|emscripten|wasi)-/.test(platform);
  const versions: (readonly [string, string | undefined])[] = [
    ['__cuda', overridden(facts, 'CUDA', undefined)],
    ...osVersions(facts, platform, isHere),
    ['__unix', isUnix ? '0' : undefined],
  ];
  const packages = versions.flatMap(([name, version]) =>
    version === undefined ? [] : [{ name, version, build: '0' }],
  );
  const override = facts.environment.CONDA_OVERRIDE_ARCHSPEC;
  const archspec = override === undefined ? archspecOf(facts, platform, isHere) : override.trim();
  if (platform.includes('-') && /^[a-z0-9_]+$/.test(archspec))
    packages.push({ name: '__archspec', version: '1', build: archspec });
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readCpuFlags(): readonly string[] {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    return (/^flags\s*:\s*(.*)$/m.exec(text)?.[1] ?? '').split(' ');
  } catch {
    // Not Linux, or hidden in a container: the plain architecture is assumed.
    return [];
  }
}

function glibcVersionOfProcess(): string | undefined {
  // Listing network peers may ask name servers.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return undefined;
  const { header } = report;
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header))
    return undefined;
  return typeof header.glibcVersionRuntime === 'string' ? header.glibcVersionRuntime : undefined;
}

const CONDA_OS: Readonly<Record<string, string>> = {
  linux: 'linux',
  darwin: 'osx',
  win32: 'win',
  freebsd: 'freebsd',
};

function condaArch(): string {
  if (process.arch === 'x64') return '64';
  if (process.arch === 'arm64') return process.platform === 'linux' ? 'aarch64' : 'arm64';
  return process.arch === 'ia32' ? '32' : process.arch;
}

let detected: Omit<MachineFacts, 'environment'> | undefined;

/** Looks at this machine once; `environment` brings the `CONDA_OVERRIDE_*` variables. */
export function machineFacts(
  environment: Readonly<Record<string, string | undefined>>,
): MachineFacts {
  if (detected === undefined) {
    const glibcVersion = process.platform === 'linux' ? glibcVersionOfProcess() : undefined;
    detected = {
      platform: `${CONDA_OS[process.platform] ?? process.platform}-${condaArch()}`,
      kernelRelease: release(),
      cpuFlags: readCpuFlags(),
      ...(glibcVersion === undefined ? {} : { glibcVersion }),
    };
  }
  return { ...detected, environment };
}
