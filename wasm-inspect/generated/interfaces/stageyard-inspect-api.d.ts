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
 */
export type Kind = 'executable' | 'shared-library' | 'static-pie' | 'dynamic-pie' | 'object' | 'core' | 'other';
export interface DynamicText {
  bytes: Uint8Array,
  offset: bigint,
  capacity: number,
  entry: bigint,
}
export interface Slice {
  machine: number,
  bits: number,
  order: ByteOrder,
  kind: Kind,
  debugOnly: boolean,
  dynamic: boolean,
  needed: Uint8Array,
  interpreter?: Uint8Array,
  soname?: DynamicText,
  rpath?: DynamicText,
  runpath?: DynamicText,
}
export interface Binary {
  format: Format,
  slices: Array<Slice>,
}
/**
 * # Variants
 * 
 * ## `"empty"`
 * 
 * ## `"unknown-format"`
 * 
 * ## `"mach-o"`
 * 
 * ## `"pe"`
 */
export type Foreign = 'empty' | 'unknown-format' | 'mach-o' | 'pe';
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
 */
export type Table = 'file-header' | 'program-headers' | 'section-headers' | 'segment' | 'dynamic-table' | 'string-table' | 'interpreter';
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
 */
export type Flaw = 'ends-early' | 'unreadable' | 'bad-class' | 'bad-byte-order' | 'bad-entry-size' | 'not-mapped' | 'outside-table' | 'unterminated' | 'too-large';
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
