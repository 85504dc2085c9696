// Results as the canonical ABI wants them in memory. Offsets are spelled out once, here: they are those of
// inspect.wit's records (alignment 8 wherever a u64 is inside), which the generated JavaScript reads.

export const enum Format { Elf = 0, MachO = 1, Pe = 2 }
export const enum Container { Single = 0, Fat32 = 1, Fat64 = 2 }
export const enum Kind {
  Executable = 0, SharedLibrary = 1, StaticPie = 2, DynamicPie = 3, Object = 4, Core = 5, Other = 6,
  Bundle = 7, DebugCompanion = 8, KernelModule = 9, Driver = 10, Efi = 11,
}
export const enum Trait { DebugOnly = 1, Dynamic = 2, Signed = 4, Dotnet = 8 }
export const enum NeedKind {
  Needed = 0, Filter = 1, Auxiliary = 2, Load = 3, Weak = 4, Reexport = 5, Upward = 6, Lazy = 7, Import = 8,
  DelayImport = 9,
}
export const enum Foreign {
  Empty = 0, UnknownFormat = 1, Archive = 2, Bitcode = 3, JavaClass = 4, Script = 5, Dos = 6, Ne = 7, Le = 8,
  CoffObject = 9, Wasm = 10,
}
export const enum Table {
  FileHeader = 0, ProgramHeaders = 1, SectionHeaders = 2, Segment = 3, DynamicTable = 4, StringTable = 5,
  Interpreter = 6, FatTable = 7, LoadCommands = 8, ImportTable = 9, DelayImportTable = 10, ExportTable = 11,
}
export const enum Flaw {
  EndsEarly = 0, Unreadable = 1, BadClass = 2, BadByteOrder = 3, BadEntrySize = 4,
  NotMapped = 5, OutsideTable = 6, Unterminated = 7, TooLarge = 8, BadMagic = 9,
}

/** variant report { u8 tag @0; payload @8 }, 40 bytes, align 8. */
export const REPORT_SIZE: usize = 40;

/** Answer "no binary". */
export function setForeign(report: usize, why: Foreign): void {
  store<u8>(report, 1);
  store<u8>(report, <u8>why, 8);
}

/** Answer "binary" with `count` slices. binary { u8 format @0; u8 container @1; ptr @4; len @8 } */
export function setBinary(report: usize, format: Format, container: Container, slices: usize, count: u32): void {
  store<u8>(report, 0);
  store<u8>(report, <u8>format, 8);
  store<u8>(report, <u8>container, 9);
  store<usize>(report, slices, 12);
  store<u32>(report, count, 16);
}

/** slice, 368 bytes, align 8. */
export const SLICE_SIZE: usize = 368;
/** Places of the four option<placed-text> (40 bytes each) in a slice. */
export const INTERPRETER: usize = 40;
export const SONAME: usize = 80;
export const RPATH: usize = 120;
export const RUNPATH: usize = 160;
/** Places of the facts of one format, behind the tag of their option. */
export const MACH_O: usize = 208;
export const PE: usize = 328;

// @ts-ignore: decorator
@inline
export function setMachine(slice: usize, machine: u32, submachine: u32, wide: bool, big: bool): void {
  store<u32>(slice, machine);
  store<u32>(slice, submachine, 4);
  store<u8>(slice, wide ? 64 : 32, 8);
  store<u8>(slice, big ? 1 : 0, 9);
}
export function setKind(slice: usize, kind: Kind): void {
  store<u8>(slice, <u8>kind, 10);
}
export function addTrait(slice: usize, trait: Trait): void {
  store<u8>(slice, load<u8>(slice, 11) | <u8>trait, 11);
}
export function hasTrait(slice: usize, trait: Trait): bool {
  return (load<u8>(slice, 11) & <u8>trait) != 0;
}
/** `names` holds `length` bytes: each name and its NUL. */
export function setNeeded(slice: usize, names: usize, length: u32): void {
  store<usize>(slice, names, 12);
  store<u32>(slice, length, 16);
}
/** For each of `count` names its kind (a byte) and the three numbers of its place. */
export function setNeededDetails(slice: usize, kinds: usize, places: usize, count: u32): void {
  store<usize>(slice, kinds, 20);
  store<u32>(slice, count, 24);
  store<usize>(slice, places, 28);
  store<u32>(slice, count * 3, 32);
}
/** option { u8 tag @0; placed-text @8 { ptr @0; len @4; offset @8; capacity @16; entry @24 } } */
export function setText(option: usize, at: usize, len: u32, offset: u64, capacity: u32, entry: u64): void {
  store<u8>(option, 1);
  store<usize>(option, at, 8);
  store<u32>(option, len, 12);
  store<u64>(option, offset, 16);
  store<u32>(option, capacity, 24);
  store<u64>(option, entry, 32);
}
/** True when the option<placed-text> at this place of the slice is set. */
export function hasText(option: usize): bool {
  return load<u8>(option) != 0;
}
/** Of a set option<placed-text>: where its text begins in the file, and its length. */
export function textOffset(option: usize): u64 {
  return load<u64>(option, 16);
}
export function textLength(option: usize): u32 {
  return load<u32>(option, 12);
}

/** mach-o-facts { file-type @0; header-flags @4; place @8; commands @24; command-count @40 … }, 120 bytes */
export function setMachHeader(slice: usize, fileType: u32, flags: u32, offset: u64, size: u64): void {
  const facts = slice + MACH_O;
  store<u8>(facts - 8, 1);
  store<u32>(facts, fileType);
  store<u32>(facts, flags, 4);
  store<u64>(facts, offset, 8);
  store<u64>(facts, size, 16);
}
export function setCommands(slice: usize, offset: u64, size: u64, count: u32): void {
  const facts = slice + MACH_O;
  store<u64>(facts, offset, 24);
  store<u64>(facts, size, 32);
  store<u32>(facts, count, 40);
}
export function setPadding(slice: usize, padding: u32): void {
  store<u32>(slice + MACH_O, padding, 44);
}
export function setOwnVersions(slice: usize, current: u32, compatibility: u32): void {
  store<u32>(slice + MACH_O, current, 48);
  store<u32>(slice + MACH_O, compatibility, 52);
}
export function setRpaths(slice: usize, names: usize, length: u32, places: usize, count: u32): void {
  const facts = slice + MACH_O;
  store<usize>(facts, names, 56);
  store<u32>(facts, length, 60);
  store<usize>(facts, places, 64);
  store<u32>(facts, count * 3, 68);
}
export function setPlatforms(slice: usize, numbers: usize, count: u32): void {
  store<usize>(slice + MACH_O, numbers, 72);
  store<u32>(slice + MACH_O, count * 3, 76);
}
export function setNeededVersions(slice: usize, numbers: usize, count: u32): void {
  store<usize>(slice + MACH_O, numbers, 80);
  store<u32>(slice + MACH_O, count * 2, 84);
}
/** option<extent> { u8 tag @0; offset @8; size @16 }: at 88 of mach-o-facts. */
export function setMachSignature(slice: usize, offset: u64, size: u64): void {
  setExtent(slice + MACH_O + 88, offset, size);
}
function setExtent(option: usize, offset: u64, size: u64): void {
  store<u8>(option, 1);
  store<u64>(option, offset, 8);
  store<u64>(option, size, 16);
}

/** pe-facts { subsystem @0; characteristics @2; dll-characteristics @4; version @8; option<extent> @16 }, 40 bytes */
export function setPeHeader(slice: usize, subsystem: u32, characteristics: u32, dll: u32, version: u32): void {
  const facts = slice + PE;
  store<u8>(facts - 8, 1);
  store<u16>(facts, <u16>subsystem);
  store<u16>(facts, <u16>characteristics, 2);
  store<u16>(facts, <u16>dll, 4);
  store<u32>(facts, version, 8);
}
export function setPeSignature(slice: usize, offset: u64, size: u64): void {
  setExtent(slice + PE + 16, offset, size);
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
