/** Everything that the linking check looks at, gathered before it starts: the check itself asks nobody. */
import type { DynamicLinking } from '#proto/recipe/recipe.ts';
import type { LibraryMap } from '#proto/snapshot.ts';
import type { ElfBinary } from './elf-binaries.ts';
import type { InstalledPackage } from './installed-packages.ts';
import type { RunDependency } from './run-dependencies.ts';
import type { SystemLibraries } from './system-libraries.ts';

/** A staging output that the package inherits from. */
export interface InheritedEnvironment {
  readonly stagingName: string;
  readonly libraryMap: LibraryMap;
  /**
   * Names of its direct requirements, if known: other packages of its environment are then said to be in the
   * environment instead of required.
   */
  readonly requirements?: { readonly host: readonly string[]; readonly build: readonly string[] };
}

/** Another output of the same recipe, with the prefix files that it packages. */
export interface SiblingFiles {
  readonly name: string;
  readonly version: string;
  readonly build?: string;
  readonly files: readonly string[];
}

/** See {@link checkLinking}. */
export interface LinkingInput {
  readonly package: { readonly name: string; readonly version: string; readonly build: string };
  /** The host prefix as it is written into built files. */
  readonly prefix: string;
  /** Programs and libraries of the package, after relinking. */
  readonly binaries: readonly ElfBinary[];
  /** All files of the package, relative to the prefix. */
  readonly files: readonly string[];
  readonly runDependencies: readonly RunDependency[];
  /** What is installed in the host prefix while the package is made. */
  readonly hostPackages: readonly InstalledPackage[];
  /**
   * Where a path of the host prefix leads when links are followed, both relative to the prefix; undefined
   * when nothing is there, or when it leads out.
   */
  readonly resolveInPrefix: (path: string) => string | undefined;
  /** Nearest first. */
  readonly inherited: readonly InheritedEnvironment[];
  readonly siblings: readonly SiblingFiles[];
  readonly system: SystemLibraries;
  readonly dynamicLinking: DynamicLinking;
}
