// PE files: programs and libraries of Windows, drivers, EFI images, and what else begins as a DOS program does.
import { setOrder } from '../reader/order';
import * as source from '../reader/source';
import {
  Flaw, Foreign, Kind, SONAME, Table, Trait, addTrait, setKind, setMachine, setPeHeader, setPeSignature, setText,
} from '../report/layout';
import { malformed, missing } from '../report/problem';
import { fileOffset, holdsNoCode, readSections, unmapped } from './addresses';
import { needsNtdll, readImports } from './imports';
import { findName, nameAt, nameLength, nameOffset, openTexts } from './texts';

const DOS_HEADER: u64 = 64;
const NEW_HEADER_AT: usize = 60;
const PE_MAGIC: u32 = 0x4550;
const NE_MAGIC: u16 = 0x454e;
const LE_MAGIC: u16 = 0x454c;
const LX_MAGIC: u16 = 0x584c;

/** "PE", and the COFF file header. */
const FILE_HEADER: u64 = 24;
const MAGIC_32: u32 = 0x10b;
const MAGIC_64: u32 = 0x20b;
const MAX_DIRECTORIES: u32 = 16;

const EXPORTS: u32 = 0;
const IMPORTS: u32 = 1;
const SECURITY: u32 = 4;
const DELAY_IMPORTS: u32 = 13;
const RUNTIME: u32 = 14;

const FILE_DLL: u32 = 0x2000;
const SUBSYSTEM_NATIVE: u32 = 1;
const SUBSYSTEM_EFI_FIRST: u32 = 10;
const SUBSYSTEM_EFI_LAST: u32 = 13;

/** Where the PE header begins; 0 when the file has none, and then `foreign` says what it is. */
export let headerOffset: u64;
export let foreign: Foreign;

// The data directories as read.
let directories: usize, directoryCount: u32;

/** True when the file begins like a DOS program: all that this reader knows do. */
export function isDosProgram(): bool {
  const p = source.upTo(0, DOS_HEADER);
  if (source.available < 2 || load<u16>(p) != 0x5a4d) return false;
  headerOffset = 0;
  foreign = Foreign.Dos;
  if (source.available < DOS_HEADER) return true;
  const at = <u64>load<u32>(p, NEW_HEADER_AT);
  const q = source.upTo(at, 4);
  if (source.available < 4) return true;
  const magic = load<u16>(q);
  if (load<u32>(q) == PE_MAGIC && at != 0) headerOffset = at;
  else if (magic == NE_MAGIC) foreign = Foreign.Ne;
  else if (magic == LE_MAGIC || magic == LX_MAGIC) foreign = Foreign.Le;
  return true;
}

/** Fills a zeroed slice after `isDosProgram` found a header. False: a problem was noted. */
export function readPe(slice: usize): bool {
  const p = source.need(headerOffset, FILE_HEADER);
  if (!p) return missing(Table.FileHeader, headerOffset, FILE_HEADER);
  const at = headerOffset + FILE_HEADER, size = <u32>load<u16>(p, 20);
  const characteristics = <u32>load<u16>(p, 22);
  const optional = source.need(at, size);
  if (!optional) return missing(Table.FileHeader, at, size);
  const magic: u32 = size < 2 ? 0 : load<u16>(optional);
  if (magic != MAGIC_32 && magic != MAGIC_64) return malformed(Table.FileHeader, Flaw.BadMagic, at, 0, magic);
  const wide = magic == MAGIC_64;
  const fixed: u32 = wide ? 112 : 96;
  if (size < fixed) return malformed(Table.FileHeader, Flaw.BadEntrySize, at, fixed, size);
  setOrder(false, wide);
  setMachine(slice, load<u16>(p, 4), 0, wide, false);
  const version = <u32>load<u16>(optional, 48) << 16 | load<u16>(optional, 50);
  const subsystem = <u32>load<u16>(optional, 68);
  setPeHeader(slice, subsystem, characteristics, load<u16>(optional, 70), version);
  directories = optional + fixed;
  directoryCount = min(min(load<u32>(optional + fixed - 4), (size - fixed) >>> 3), MAX_DIRECTORIES);
  if (!readSections(at + size, load<u16>(p, 6), load<u32>(optional, 60), load<u32>(optional, 32))) return false;
  if (holdsNoCode()) {
    addTrait(slice, Trait.DebugOnly);
    setKind(slice, Kind.DebugCompanion);
    return true;
  }
  openTexts();
  const imageBase = wide ? load<u64>(optional, 24) : <u64>load<u32>(optional, 28);
  if (!readImports(slice, address(IMPORTS), address(DELAY_IMPORTS), imageBase)) return false;
  if (!readExports(slice) || !readSignature(slice)) return false;
  addTrait(slice, Trait.Dynamic);
  if (address(RUNTIME) != 0) addTrait(slice, Trait.Dotnet);
  setKind(slice, kindOf(subsystem, characteristics));
  return true;
}

// Of a data directory: 0 when there is none.
function address(directory: u32): u32 {
  if (directory >= directoryCount) return 0;
  const p = directories + directory * 8;
  return load<u32>(p, 4) == 0 ? 0 : load<u32>(p);
}

// The table of exports says what the linker called the file.
function readExports(slice: usize): bool {
  const exports = address(EXPORTS);
  if (exports == 0) return true;
  const offset = fileOffset(exports);
  if (offset == u64.MAX_VALUE) return unmapped(Table.ExportTable, exports);
  const p = source.need(offset, 40);
  if (!p) return missing(Table.ExportTable, offset, 40);
  const name = load<u32>(p, 12);
  if (name == 0) return true;
  if (!findName(Table.ExportTable, name)) return false;
  setText(slice + SONAME, nameAt, nameLength, nameOffset, nameLength + 1, offset + 12);
  return true;
}

// The only directory that holds a file offset: signatures are not loaded.
function readSignature(slice: usize): bool {
  const offset = <u64>address(SECURITY);
  if (offset == 0) return true;
  const size = <u64>load<u32>(directories + SECURITY * 8, 4), last = offset + size - 1;
  if (!source.need(last, 1)) return missing(Table.Segment, last, 1);
  addTrait(slice, Trait.Signed);
  setPeSignature(slice, offset, size);
  return true;
}

// Native programs run before any subsystem is there, and need ntdll.dll; what else is native, the kernel loads.
function kindOf(subsystem: u32, characteristics: u32): Kind {
  if (subsystem >= SUBSYSTEM_EFI_FIRST && subsystem <= SUBSYSTEM_EFI_LAST) return Kind.Efi;
  if (subsystem == SUBSYSTEM_NATIVE && !needsNtdll) return Kind.Driver;
  return (characteristics & FILE_DLL) != 0 ? Kind.SharedLibrary : Kind.Executable;
}
