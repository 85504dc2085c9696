/** @module Interface stageyard:inspect/api **/
export function inspect(head: Uint8Array): Report;
export function examineRunPaths(head: Uint8Array, length: number): RunPathFacts;
/**
 * # Variants
 * 
 * ## `"elf"`
 * 
 * ## `"mach-o"`
 * 
 * ## `"pe"`
 */
export type Format = 'elf' | 'mach-o' | 'pe';
/**
 * # Variants
 * 
 * ## `"single"`
 * 
 * ## `"fat32"`
 * 
 * ## `"fat64"`
 */
export type Container = 'single' | 'fat32' | 'fat64';
/**
 * # Variants
 * 
 * ## `"little"`
 * 
 * ## `"big"`
 */
export type ByteOrder = 'little' | 'big';
/**
 * # Variants
 * 
 * ## `"executable"`
 * 
 * ## `"shared-library"`
 * 
 * ## `"static-pie"`
 * 
 * ## `"dynamic-pie"`
 * 
 * ## `"object"`
 * 
 * ## `"core"`
 * 
 * ## `"other"`
 * 
 * ## `"bundle"`
 * 
 * ## `"debug-companion"`
 * 
 * ## `"kernel-module"`
 * 
 * ## `"driver"`
 * 
 * ## `"efi"`
 */
export type Kind = 'executable' | 'shared-library' | 'static-pie' | 'dynamic-pie' | 'object' | 'core' | 'other' | 'bundle' | 'debug-companion' | 'kernel-module' | 'driver' | 'efi';
export interface Traits {
  debugOnly?: boolean,
  dynamic?: boolean,
  signed?: boolean,
  dotnet?: boolean,
}
/**
 * # Variants
 * 
 * ## `"needed"`
 * 
 * ## `"filter"`
 * 
 * ## `"auxiliary"`
 * 
 * ## `"load"`
 * 
 * ## `"weak"`
 * 
 * ## `"reexport"`
 * 
 * ## `"upward"`
 * 
 * ## `"lazy"`
 * 
 * ## `"import"`
 * 
 * ## `"delay-import"`
 */
export type NeedKind = 'needed' | 'filter' | 'auxiliary' | 'load' | 'weak' | 'reexport' | 'upward' | 'lazy' | 'import' | 'delay-import';
export interface PlacedText {
  bytes: Uint8Array,
  offset: bigint,
  capacity: number,
  entry: bigint,
}
export interface Extent {
  offset: bigint,
  size: bigint,
}
export interface MachOFacts {
  fileType: number,
  headerFlags: number,
  place: Extent,
  commands: Extent,
  commandCount: number,
  padding: number,
  currentVersion: number,
  compatibilityVersion: number,
  rpaths: Uint8Array,
  rpathPlaces: BigUint64Array,
  platforms: Uint32Array,
  neededVersions: Uint32Array,
  signature?: Extent,
}
export interface PeFacts {
  subsystem: number,
  characteristics: number,
  dllCharacteristics: number,
  subsystemVersion: number,
  signature?: Extent,
}
export interface Slice {
  machine: number,
  submachine: number,
  bits: number,
  order: ByteOrder,
  kind: Kind,
  traits: Traits,
  needed: Uint8Array,
  neededKinds: Array<NeedKind>,
  neededPlaces: BigUint64Array,
  interpreter?: PlacedText,
  soname?: PlacedText,
  rpath?: PlacedText,
  runpath?: PlacedText,
  machO?: MachOFacts,
  pe?: PeFacts,
}
export interface Binary {
  format: Format,
  container: Container,
  slices: Array<Slice>,
}
/**
 * # Variants
 * 
 * ## `"empty"`
 * 
 * ## `"unknown-format"`
 * 
 * ## `"archive"`
 * 
 * ## `"bitcode"`
 * 
 * ## `"java-class"`
 * 
 * ## `"script"`
 * 
 * ## `"dos"`
 * 
 * ## `"ne"`
 * 
 * ## `"le"`
 * 
 * ## `"coff-object"`
 * 
 * ## `"wasm"`
 */
export type Foreign = 'empty' | 'unknown-format' | 'archive' | 'bitcode' | 'java-class' | 'script' | 'dos' | 'ne' | 'le' | 'coff-object' | 'wasm';
/**
 * # Variants
 * 
 * ## `"file-header"`
 * 
 * ## `"program-headers"`
 * 
 * ## `"section-headers"`
 * 
 * ## `"segment"`
 * 
 * ## `"dynamic-table"`
 * 
 * ## `"string-table"`
 * 
 * ## `"interpreter"`
 * 
 * ## `"fat-table"`
 * 
 * ## `"load-commands"`
 * 
 * ## `"import-table"`
 * 
 * ## `"delay-import-table"`
 * 
 * ## `"export-table"`
 */
export type Table = 'file-header' | 'program-headers' | 'section-headers' | 'segment' | 'dynamic-table' | 'string-table' | 'interpreter' | 'fat-table' | 'load-commands' | 'import-table' | 'delay-import-table' | 'export-table';
/**
 * # Variants
 * 
 * ## `"ends-early"`
 * 
 * ## `"unreadable"`
 * 
 * ## `"bad-class"`
 * 
 * ## `"bad-byte-order"`
 * 
 * ## `"bad-entry-size"`
 * 
 * ## `"not-mapped"`
 * 
 * ## `"outside-table"`
 * 
 * ## `"unterminated"`
 * 
 * ## `"too-large"`
 * 
 * ## `"bad-magic"`
 */
export type Flaw = 'ends-early' | 'unreadable' | 'bad-class' | 'bad-byte-order' | 'bad-entry-size' | 'not-mapped' | 'outside-table' | 'unterminated' | 'too-large' | 'bad-magic';
export interface Problem {
  format: Format,
  table: Table,
  flaw: Flaw,
  offset: bigint,
  needed: bigint,
  available: bigint,
}
export type Report = ReportBinary | ReportNotBinary | ReportProblem;
export interface ReportBinary {
  tag: 'binary',
  val: Binary,
}
export interface ReportNotBinary {
  tag: 'not-binary',
  val: Foreign,
}
export interface ReportProblem {
  tag: 'problem',
  val: Problem,
}
export interface Room {
  offset: bigint,
  value: bigint,
  segment: bigint,
  segmentSize: bigint,
  sizeEntry: bigint,
  entry?: bigint,
}
export interface RunPathFacts {
  rpathCapacity: number,
  runpathCapacity: number,
  room?: Room,
}
