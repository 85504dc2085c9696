/**
 * What is stored of a staging output (design: "Snapshots and the library map"). The manifest is the
 * commit: it is written last, in one single put, and names every blob. TypeScript view of
 * `messages/snapshot.proto`; `messages/codec.ts` converts.
 */
import type { BlobRef, Sha256Digest } from './digest.ts';
import type { ExportedBy, LockedEnvironments } from './environment.ts';
import type { Source, Variant } from './recipe/recipe.ts';

/** Occurrence of a path that a restore elsewhere rewrites. */
export interface PathOccurrence {
  /** Which placeholder: the host prefix or the work directory. */
  readonly of: 'prefix' | 'work';
  /** `text`: replaced as it stands. `binary`: equal length, in place. */
  readonly mode: 'text' | 'binary';
  /** Byte offsets in the file, ascending. */
  readonly offsets: readonly number[];
}

/** One file, link or empty directory of a layer. */
export interface SnapshotFile {
  /** Relative, `/`-separated, below the layer's root. */
  readonly path: string;
  readonly kind: 'file' | 'symlink' | 'directory';
  /** Permission bits (no type bits). */
  readonly mode: number;
  readonly sizeBytes: number;
  /** SHA-256 of the content; of the empty string for links and directories. */
  readonly digest: Sha256Digest;
  readonly linkTarget?: string;
  readonly occurrences: readonly PathOccurrence[];
}

/** A tree stored as one zstd-compressed deterministic tar, sorted by path bytes. */
export interface SnapshotLayer {
  readonly blob: BlobRef;
  readonly files: readonly SnapshotFile[];
}

/** Nature of a package (spec 5.9). */
export type PackageNature =
  | 'interpreter'
  | 'dso-library'
  | 'plugin-library'
  | 'interpreted-library'
  | 'non-library';

/** One library file of an installed package. */
export interface LibraryMapEntry {
  /** Base name: `libz.so.1`. Links are listed as well as their targets. */
  readonly fileName: string;
  /** Relative to the prefix, `/`-separated. */
  readonly path: string;
  readonly soname?: string;
  readonly package: string;
  readonly version: string;
  readonly build: string;
  readonly nature: PackageNature;
  /** Which environment it was installed in; `sysroot` entries come from a sysroot package of the build environment. */
  readonly from: 'host' | 'build' | 'sysroot';
}

/** File name → package for everything that was installed while staging ran. Captured before the script. */
export interface LibraryMap {
  readonly version: 2;
  readonly entries: readonly LibraryMapEntry[];
  /** True when a sysroot package was in the build environment (its entries say what is a system library). */
  readonly hasSysroot: boolean;
}

/** The manifest of a snapshot. */
export interface SnapshotManifest {
  readonly schema: 1;
  readonly stagingName: string;
  readonly variant: Variant;
  /** Absolute host prefix and work directory at capture, both padded to a fixed length. */
  readonly prefixPath: string;
  readonly workPath: string;
  readonly prefix: SnapshotLayer;
  readonly work: SnapshotLayer;
  readonly environments: LockedEnvironments;
  readonly sources: readonly Source[];
  /** Never filtered at capture: filtering is the inheritor's business. */
  readonly exports: readonly ExportedBy[];
  /** Names of the staging output's own ignore lists, applied besides the inheritor's. */
  readonly ignoreRunExports: {
    readonly byName: readonly string[];
    readonly fromPackage: readonly string[];
  };
  readonly libraryMap: LibraryMap;
  /** Files in which a path occurs that can't be rewritten (compressed, other encoding), for the report. */
  readonly unrewritable: readonly string[];
  /** Why another machine would store other bytes; what inherits from it isn't reproducible either. */
  readonly irreproducibleBecause?: string;
}
