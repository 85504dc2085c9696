/**
 * Libraries that every machine of a platform brings, so that no package has to (spec 5.10). On Linux they are
 * what the sysroot package of the build environment holds, be it this output's or that of the staging
 * output it inherits from. Without a sysroot the machine's own compiler was used: then a fixed list says what
 * counts, the same on every machine, and the report says `(no sysroot)`. The machine's loader is never asked.
 */
import type { LibraryMap } from '#proto/snapshot.ts';
import type { InstalledPackage } from './installed-packages.ts';

/** Why a library is a system library: words for the report, or undefined when it is none. */
export type SystemLibraries = (library: string) => string | undefined;

/**
 * Version 1 of the list for Linux: glibc 2.17 to 2.42, and the run-time libraries that gcc and clang link
 * without being asked. libatomic is in: compilers call it for wide atomics. Left out on purpose:
 * libcrypt (a library of its own since glibc 2.28), libgomp, libquadmath and libgfortran (other languages
 * and -fopenmp, which are asked for), and libc++ (not what Linux compilers use by default).
 */
const linuxRuntime: ReadonlySet<string> = new Set([
  'libBrokenLocale.so.1',
  'libanl.so.1',
  'libatomic.so.1',
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libmvec.so.1',
  'libnsl.so.1',
  'libpthread.so.0',
  'libresolv.so.2',
  'librt.so.1',
  'libstdc++.so.6',
  'libutil.so.1',
]);
/** The loader, which is a library as well: ld-linux-x86-64.so.2, ld-linux.so.2, ld64.so.2 … */
const linuxLoader = /^ld(64|-linux(-[a-z0-9_-]+)?)\.so\.[0-9]+$/;

const macOsPlaces: readonly RegExp[] = [
  /^\/usr\/lib\//,
  /^\/opt\/X11\/.*\.dylib$/s,
  /^\/System\/Library\/Frameworks\/.*\.framework\//s,
];
const windowsPlace = /^c:\/windows\/system32\/.*\.dll$/s;

/** What is known of the environments. */
export interface SystemLibrariesOptions {
  /** Target platform: `linux-64`, `osx-arm64`, `win-64` … */
  readonly platform: string;
  /** Packages of the output's own build environment. */
  readonly buildPackages: readonly InstalledPackage[];
  /** Library maps of the staging outputs that it inherits from, nearest first. */
  readonly libraryMaps: readonly LibraryMap[];
}

/** The rule for one output. */
export function systemLibraries(options: SystemLibrariesOptions): SystemLibraries {
  const { platform } = options;
  if (platform.startsWith('osx-')) {
    return (library) => (macOsPlaces.some((place) => place.test(library)) ? 'system' : undefined);
  }
  if (platform.startsWith('win-')) {
    return (library) =>
      windowsPlace.test(library.replaceAll('\\', '/').toLowerCase()) ? 'system' : undefined;
  }
  const sysroot = sysrootNames(options);
  if (sysroot === undefined) {
    return (library) =>
      linuxRuntime.has(library) || linuxLoader.test(library) ? 'system (no sysroot)' : undefined;
  }
  return (library) => (sysroot.names.has(library) ? `system (${sysroot.title})` : undefined);
}

interface Sysroot {
  readonly names: ReadonlySet<string>;
  readonly title: string;
}

function sysrootNames({
  platform,
  buildPackages,
  libraryMaps,
}: SystemLibrariesOptions): Sysroot | undefined {
  const own = buildPackages.find(({ name }) => name.startsWith(`sysroot_${platform}`));
  if (own !== undefined) {
    const names = own.files.map(baseName).filter((name) => name.includes('.so'));
    return { names: new Set(names), title: `${own.name} ${own.version}` };
  }
  const entries = libraryMaps.find(({ hasSysroot }) => hasSysroot)?.entries;
  const system = entries?.filter(({ from }) => from === 'sysroot') ?? [];
  const [first] = system;
  if (first === undefined) return undefined;
  const title = `${first.package} ${first.version} of the staging output`;
  return { names: new Set(system.map(({ fileName }) => fileName)), title };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
