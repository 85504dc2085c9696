/**
 * What the inspector says about a file. Plain JSON (schema 1, documented in docs/inspect-json.md). Names from
 * a file are UTF-8 where they are UTF-8; any other byte B appears as the lone surrogate U+DC00 + B, so
 * that nothing is lost and two different names never look the same (`bytesOfText` turns it back).
 */
import type { ErrorCode } from '#proto/error-codes.ts';

/** Formats of binaries. Facts are read from ELF; the others are recognised. */
export type BinaryFormat = 'elf' | 'mach-o' | 'pe';

/** What a binary is for. A PIE is a program that may be loaded anywhere; a static one has no interpreter. */
export type BinaryKind =
  | 'executable'
  | 'shared-library'
  | 'static-pie'
  | 'dynamic-pie'
  | 'object'
  | 'core'
  | 'other';

/** Where a string of the dynamic section lies, for whoever replaces it. File offsets in bytes. */
export interface TextPlace {
  readonly offset: number;
  /** Bytes that may be overwritten from `offset` on, the final NUL included. */
  readonly capacity: number;
  /** The entry of the dynamic table that refers to the string. */
  readonly entryOffset: number;
}

/** Facts about one architecture's part of a file; ELF files have exactly one. */
export interface BinarySlice {
  /** `name` is `unknown` for numbers that this version has no name for. */
  readonly architecture: { readonly name: string; readonly number: number };
  readonly bits: 32 | 64;
  readonly byteOrder: 'little' | 'big';
  readonly kind: BinaryKind;
  /** The dynamic table is described but its bytes were left out (separate debug information). */
  readonly debugOnly: boolean;
  /** There is a dynamic table, with its bytes: a loader or a linker would read it. */
  readonly dynamic: boolean;
  /** In the file's order, repetitions kept. */
  readonly needed: readonly string[];
  readonly interpreter: string | null;
  readonly soname: string | null;
  /** As in the file: directories separated by `:`. */
  readonly rpath: string | null;
  readonly runpath: string | null;
  /** A place for each of the three that is there. */
  readonly places: {
    readonly soname: TextPlace | null;
    readonly rpath: TextPlace | null;
    readonly runpath: TextPlace | null;
  };
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
  | 'interpreter';

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
  | 'mach-o'
  | 'pe'
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
