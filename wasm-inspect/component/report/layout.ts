// Results as the canonical ABI wants them in memory. Offsets are spelled out once, here: they are those of
// inspect.wit's records (alignment 8 wherever a u64 is inside), which the generated JavaScript reads.

export const enum Format { Elf = 0, MachO = 1, Pe = 2 }
export const enum Kind {
  Executable = 0, SharedLibrary = 1, StaticPie = 2, DynamicPie = 3, Object = 4, Core = 5, Other = 6,
}
export const enum Foreign { Empty = 0, UnknownFormat = 1, MachO = 2, Pe = 3 }
export const enum Table {
  FileHeader = 0, ProgramHeaders = 1, SectionHeaders = 2, Segment = 3, DynamicTable = 4,
  StringTable = 5, Interpreter = 6,
}
export const enum Flaw {
  EndsEarly = 0, Unreadable = 1, BadClass = 2, BadByteOrder = 3, BadEntrySize = 4,
  NotMapped = 5, OutsideTable = 6, Unterminated = 7, TooLarge = 8,
}

/** variant report { u8 tag @0; payload @8 }, 40 bytes, align 8. */
export const REPORT_SIZE: usize = 40;

/** Answer "no binary". */
export function setForeign(report: usize, why: Foreign): void {
  store<u8>(report, 1);
  store<u8>(report, <u8>why, 8);
}

/** Answer "binary" with `count` slices. binary { u8 format @0; ptr @4; len @8 } */
export function setBinary(report: usize, format: Format, slices: usize, count: u32): void {
  store<u8>(report, 0);
  store<u8>(report, <u8>format, 8);
  store<usize>(report, slices, 12);
  store<u32>(report, count, 16);
}

/** slice, 152 bytes, align 8. */
export const SLICE_SIZE: usize = 152;
/** Places of the three option<dynamic-text> (40 bytes each) in a slice. */
export const SONAME: usize = 32;
export const RPATH: usize = 72;
export const RUNPATH: usize = 112;

// @ts-ignore: decorator
@inline
export function setMachine(slice: usize, machine: u32, wide: bool, big: bool): void {
  store<u32>(slice, machine);
  store<u8>(slice, wide ? 64 : 32, 4);
  store<u8>(slice, big ? 1 : 0, 5);
}
export function setKind(slice: usize, kind: Kind): void {
  store<u8>(slice, <u8>kind, 6);
}
export function setDebugOnly(slice: usize): void {
  store<u8>(slice, 1, 7);
}
export function setDynamic(slice: usize): void {
  store<u8>(slice, 1, 8);
}
export function isDynamic(slice: usize): bool {
  return load<u8>(slice, 8) != 0;
}
/** `names` holds `length` bytes: each name and its NUL. */
export function setNeeded(slice: usize, names: usize, length: u32): void {
  store<usize>(slice, names, 12);
  store<u32>(slice, length, 16);
}
/** option<list<u8>> { u8 tag @0; ptr @4; len @8 } */
export function setInterpreter(slice: usize, at: usize, len: u32): void {
  store<u8>(slice, 1, 20);
  store<usize>(slice, at, 24);
  store<u32>(slice, len, 28);
}
/** option { u8 tag @0; dynamic-text @8 { ptr @0; len @4; offset @8; capacity @16; entry @24 } } */
export function setText(option: usize, at: usize, len: u32, offset: u64, entry: u64): void {
  store<u8>(option, 1);
  store<usize>(option, at, 8);
  store<u32>(option, len, 12);
  store<u64>(option, offset, 16);
  store<u32>(option, len + 1, 24);
  store<u64>(option, entry, 32);
}
/** True when the option<dynamic-text> at this place of the slice is set. */
export function hasText(option: usize): bool {
  return load<u8>(option) != 0;
}

/** run-path-facts { rpath-capacity @0; runpath-capacity @4; option<room> { tag @8; room @16 } }, 72 bytes, align 8. */
export const RUN_PATH_FACTS_SIZE: usize = 72;

export function setCapacities(facts: usize, rpath: u32, runpath: u32): void {
  store<u32>(facts, rpath);
  store<u32>(facts, runpath, 4);
}
/** room { offset @0; value @8; segment @16; segment-size @24; size-entry @32; option<u64> { tag @40; value @48 } } */
export function setRoom(facts: usize, offset: u64, value: u64): void {
  store<u8>(facts, 1, 8);
  store<u64>(facts, offset, 16);
  store<u64>(facts, value, 24);
}
export function setRoomSegment(facts: usize, header: u64, size: u64): void {
  store<u64>(facts, header, 32);
  store<u64>(facts, size, 40);
}
export function setRoomEntries(facts: usize, sizeEntry: u64): void {
  store<u64>(facts, sizeEntry, 48);
}
export function setSpareEntry(facts: usize, entry: u64): void {
  store<u8>(facts, 1, 56);
  store<u64>(facts, entry, 64);
}
/** Of a set option<dynamic-text>: where its text begins in the file, and its length. */
export function textOffset(option: usize): u64 {
  return load<u64>(option, 16);
}
export function textLength(option: usize): u32 {
  return load<u32>(option, 12);
}
