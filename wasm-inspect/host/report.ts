/**
 * What the inspector says about a file. Plain JSON (schema 1, documented in docs/inspect-json.md). Names from
 * a file are UTF-8 where they are UTF-8; any other byte B appears as the lone surrogate U+DC00 + B, so
 * that nothing is lost and two different names never look the same (`bytesOfText` turns it back).
 */
import type { ErrorCode } from '#proto/error-codes.ts';

/** Formats of binaries. */
export type BinaryFormat = 'elf' | 'mach-o' | 'pe';

/** How slices are put into a file: alone, or by a table (universal Mach-O files). */
export type BinaryContainer = 'single' | 'fat32' | 'fat64';

/**
 * What a binary is for. A PIE is a program that may be loaded anywhere; a static one has no interpreter. A bundle
 * is a plugin that programs load and linkers refuse. A debug companion holds what debuggers need of another file.
 * Kernels load drivers and kernel modules, firmware loads EFI images.
 */
export type BinaryKind =
  | 'executable'
  | 'shared-library'
  | 'static-pie'
  | 'dynamic-pie'
  | 'object'
  | 'core'
  | 'other'
  | 'bundle'
  | 'debug-companion'
  | 'kernel-module'
  | 'driver'
  | 'efi';

/** Where a string lies that a linker or a loader reads, for whoever replaces it. File offsets in bytes. */
export interface TextPlace {
  readonly offset: number;
  /** Bytes that may be overwritten from `offset` on, the final NUL included. */
  readonly capacity: number;
  /**
   * What refers to the string. ELF: the entry of the dynamic table, or the program header of the interpreter;
   * Mach-O: the load command; PE: the field that holds its address.
   */
  readonly entryOffset: number;
}

/** How a library is asked for: see docs/inspect-json.md. */
export type DependencyKind =
  | 'needed'
  | 'filter'
  | 'auxiliary'
  | 'load'
  | 'weak'
  | 'reexport'
  | 'upward'
  | 'lazy'
  | 'import'
  | 'delay-import';

/** Versions of a Mach-O library, as `1.2.3`. */
export interface LibraryVersions {
  readonly current: string;
  readonly compatibility: string;
}

/** A library that a binary asks for. */
export interface Dependency {
  readonly name: string;
  readonly kind: DependencyKind;
  readonly place: TextPlace;
  /** Mach-O: the library's when the binary was linked, and the oldest that it takes. */
  readonly versions: LibraryVersions | null;
}

/** A system that a binary was built for. */
export interface MinimumSystem {
  /** `macos`, `ios`, `windows` …; `platform 99` for a number without a name here. */
  readonly system: string;
  readonly version: string;
  /** Mach-O: version of the SDK, where it is stated. */
  readonly sdk: string | null;
}

/** A part of the file, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly size: number;
}

/** What only Mach-O files say. */
export interface MachOFacts {
  readonly fileType: number;
  readonly headerFlags: number;
  /** The slice in a universal file, null in any other. */
  readonly place: Extent | null;
  readonly commands: Extent;
  readonly commandCount: number;
  /** Bytes behind the load commands that longer ones may use. */
  readonly padding: number;
  /** Versions of the library itself, null where it has no name. */
  readonly versions: LibraryVersions | null;
  readonly signature: Extent | null;
}

/** What only PE files say. */
export interface PeFacts {
  readonly subsystem: number;
  readonly characteristics: number;
  readonly dllCharacteristics: number;
  readonly signature: Extent | null;
}

/** Facts about one architecture's part of a file; ELF and PE files have exactly one. */
export interface BinarySlice {
  /**
   * `name` is `unknown` for numbers that this version has no name for. `variant` tells what the number leaves open
   * (`x32`, `n32`, `arm64e`), read from `subtype` (ELF: e_flags, Mach-O: cpusubtype).
   */
  readonly architecture: {
    readonly name: string;
    readonly number: number;
    readonly subtype: number;
    readonly variant: string | null;
  };
  readonly bits: 32 | 64;
  readonly byteOrder: 'little' | 'big';
  readonly kind: BinaryKind;
  /** Separate debug information: tables are described, their bytes were left out. */
  readonly debugOnly: boolean;
  /** A loader or a linker would read what the file needs (ELF: there is a dynamic table, with its bytes). */
  readonly dynamic: boolean;
  /** Has a signature, good or bad. */
  readonly signed: boolean;
  readonly dotnet: boolean;
  /** Names of the libraries that are loaded, in the file's order, repetitions kept; no filters. */
  readonly needed: readonly string[];
  /** All libraries that are named, in the file's order. */
  readonly dependencies: readonly Dependency[];
  readonly interpreter: string | null;
  /** The library's own name: soname, install name, or the name in the table of exports. */
  readonly soname: string | null;
  /** As in the file: directories separated by `:`. */
  readonly rpath: string | null;
  readonly runpath: string | null;
  /** Directories of LC_RPATH, in order. */
  readonly rpaths: readonly string[];
  readonly minimumSystems: readonly MinimumSystem[];
  /** A place for each text that is there. */
  readonly places: {
    readonly interpreter: TextPlace | null;
    readonly soname: TextPlace | null;
    readonly rpath: TextPlace | null;
    readonly runpath: TextPlace | null;
    readonly rpaths: readonly TextPlace[];
  };
  readonly machO: MachOFacts | null;
  readonly pe: PeFacts | null;
}

/** Codes that a finding may have. */
export type InspectCode = Extract<ErrorCode, `INSPECT_${string}`>;

/** Tables in which a problem can be met. */
export type InspectTable =
  | 'file-header'
  | 'program-headers'
  | 'section-headers'
  | 'segment'
  | 'dynamic-table'
  | 'string-table'
  | 'interpreter'
  | 'fat-table'
  | 'load-commands'
  | 'import-table'
  | 'delay-import-table'
  | 'export-table';

/** Why there are no facts about a file that should have some. */
export interface InspectFinding {
  readonly code: InspectCode;
  /** Null when the file could not be read so far. */
  readonly format: BinaryFormat | null;
  readonly table: InspectTable | null;
  /** Where bytes were expected, how many were needed there and how many there were. */
  readonly offset: number;
  readonly needed: number;
  readonly available: number;
  /** One line for people, without the file's name. */
  readonly message: string;
}

/** Why a file has no facts and needs none. */
export type NotBinaryReason =
  | 'empty'
  | 'unknown-format'
  | 'archive'
  | 'bitcode'
  | 'java-class'
  | 'script'
  | 'dos'
  | 'ne'
  | 'le'
  | 'coff-object'
  | 'wasm'
  | 'symlink'
  | 'directory'
  | 'fifo'
  | 'device'
  | 'socket';

/** The answer for one file. */
export type FileReport =
  | {
      readonly kind: 'binary';
      readonly schema: 1;
      readonly format: BinaryFormat;
      readonly container: BinaryContainer;
      readonly slices: readonly BinarySlice[];
    }
  | { readonly kind: 'not-binary'; readonly schema: 1; readonly reason: NotBinaryReason }
  | { readonly kind: 'problem'; readonly schema: 1; readonly finding: InspectFinding };

/**
 * Free bytes behind the string table of an ELF file, and what must be changed besides for a text there to be
 * one of its strings. File offsets in bytes.
 */
export interface RunPathRoom {
  readonly offset: number;
  /** What an entry of the dynamic table must hold to refer to it. */
  readonly value: number;
  /** Program header of the segment, and the size that it must get, in the file and in memory. */
  readonly segmentOffset: number;
  readonly segmentSize: number;
  /** Entry that holds the size of the string table. */
  readonly sizeEntryOffset: number;
  /** An unused entry of the dynamic table, null when there is none to spare. */
  readonly entryOffset: number | null;
}

/** How the run paths of an ELF file can be changed without moving anything. */
export interface RunPathFacts {
  /**
   * Bytes that may be overwritten at the present text, the final NUL included: less than its length where a
   * linker has stored another name as its end.
   */
  readonly capacities: { readonly rpath: number; readonly runpath: number };
  /** Room for a new text of the length asked for. */
  readonly room: RunPathRoom | null;
}

/** Short form of the answer "not a binary". */
export function notBinary(reason: NotBinaryReason): FileReport {
  return { kind: 'not-binary', schema: 1, reason };
}

/** Short form of the answer for a file that can't be read or made the inspector give up. */
export function outsideProblem(code: InspectCode, message: string): FileReport {
  const finding = { code, format: null, table: null, offset: 0, needed: 0, available: 0, message };
  return { kind: 'problem', schema: 1, finding };
}
