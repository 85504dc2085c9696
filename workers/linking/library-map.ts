/**
 * The library map: which package brought which library to a staging environment. Captured right after the
 * installation and before the script, which may delete `conda-meta`; stored with the snapshot, so that
 * a link made at staging can be attributed after the environment is gone.
 */
import { basename, join } from 'node:path';
import { compareBytes } from '#proto/byte-order.ts';
import type { LibraryMap, LibraryMapEntry } from '#proto/snapshot.ts';
import type { Inspector } from '#wasm-inspect/host/inspector.ts';
import { type InstalledPackage, readInstalledPackages } from './installed-packages.ts';
import { looksLikeSharedObject, packageNature } from './nature.ts';

/** Where the environments are. `buildPrefix` is null when build requirements are installed in the host prefix. */
export interface CaptureOptions {
  readonly hostPrefix: string;
  readonly buildPrefix: string | null;
  readonly inspector: Inspector;
}

/** Packages that hold the system libraries to compile against. */
const SYSROOT = /^sysroot_/;

/**
 * The library map of both environments, sorted by path, package and environment. Rejects with
 * `ENV_INSTALL_FAILED` when a package record can't be read.
 */
export async function captureLibraryMap(options: CaptureOptions): Promise<LibraryMap> {
  const { hostPrefix, buildPrefix, inspector } = options;
  const host = await readInstalledPackages(hostPrefix);
  const build = buildPrefix === null ? [] : await readInstalledPackages(buildPrefix);
  const entries = [
    ...host.flatMap((owner) => entriesOf(owner, 'host', sonameIn(hostPrefix, inspector))),
    ...build.flatMap((owner) =>
      entriesOf(
        owner,
        SYSROOT.test(owner.name) ? 'sysroot' : 'build',
        sonameIn(buildPrefix ?? hostPrefix, inspector),
      ),
    ),
  ];
  const hasSysroot = build.some(({ name }) => SYSROOT.test(name));
  return { version: 2, entries: entries.toSorted(compareEntries), hasSysroot };
}

type SonameOf = (path: string) => string | undefined;

// A file that is named like a library and is none (a linker script, a text) just has no soname.
function sonameIn(prefix: string, inspector: Inspector): SonameOf {
  return (path) => {
    const report = inspector.inspectFile(join(prefix, path));
    return report.kind === 'binary' ? (report.slices[0]?.soname ?? undefined) : undefined;
  };
}

function entriesOf(
  owner: InstalledPackage,
  from: LibraryMapEntry['from'],
  sonameOf: SonameOf,
): readonly LibraryMapEntry[] {
  const nature = packageNature(owner.name, owner.files);
  const isLibrary = from === 'sysroot' ? isSystemFile : looksLikeSharedObject;
  return owner.files.filter(isLibrary).map((path) => {
    const soname = sonameOf(path);
    return {
      fileName: basename(path),
      path,
      ...(soname === undefined ? {} : { soname }),
      package: owner.name,
      version: owner.version,
      build: owner.build,
      nature,
      from,
    };
  });
}

/** Every `*.so*` of a sysroot package names a system library (spec 5.10). */
function isSystemFile(path: string): boolean {
  return basename(path).includes('.so');
}

function compareEntries(a: LibraryMapEntry, b: LibraryMapEntry): number {
  return (
    compareBytes(a.path, b.path) ||
    compareBytes(a.package, b.package) ||
    compareBytes(a.from, b.from)
  );
}
