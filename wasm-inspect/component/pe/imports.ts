// The two tables of needed libraries: those that the loader binds at start, and those bound by a helper at first use.
import * as source from '../reader/source';
import { Flaw, NeedKind, Table } from '../report/layout';
import * as names from '../report/names';
import { malformed, missing } from '../report/problem';
import { fileOffset, mappedSize, unmapped } from './addresses';
import { findName, nameAt, nameLength, nameOffset } from './texts';

const IMPORT_ENTRY: u32 = 20;
const IMPORT_NAME: u32 = 12;
const IMPORT_THUNKS: u32 = 16;
const DELAY_ENTRY: u32 = 32;
const DELAY_NAME: u32 = 4;
/** Addresses in the table are relative to the image's base; compilers of the nineties wrote absolute ones. */
const DELAY_RELATIVE: u32 = 1;

/** Entries read at first; most files need fewer libraries. */
const FEW: u32 = 32;
/** Longest table. */
const MAX_ENTRIES: u32 = 16384;

// A table as read: address, place in the file, entries before the one that ends it.
let importsAt: usize, importsOffset: u64, importCount: u32;
let delaysAt: usize, delaysOffset: u64, delayCount: u32;
// What `readTable` read.
let tableAt: usize, tableOffset: u64, entryCount: u32;

/** True when the file needs the native interface of Windows' user mode: a program, whatever its subsystem says. */
export let needsNtdll: bool;

/** Reads both tables (address 0: there is none) into the slice. */
export function readImports(slice: usize, imports: u32, delays: u32, imageBase: u64): bool {
  needsNtdll = false;
  entryCount = 0;
  if (imports != 0 && !readTable(Table.ImportTable, imports, IMPORT_ENTRY)) return false;
  importsAt = tableAt; importsOffset = tableOffset; importCount = entryCount;
  entryCount = 0;
  if (delays != 0 && !readTable(Table.DelayImportTable, delays, DELAY_ENTRY)) return false;
  delaysAt = tableAt; delaysOffset = tableOffset; delayCount = entryCount;
  const list = names.begin(importCount + delayCount);
  if (!addImports(list) || !addDelays(list, imageBase)) return false;
  names.storeNeeded(list, slice);
  return true;
}

// Tables have no count: an entry without a name ends them.
function readTable(where: Table, address: u32, stride: u32): bool {
  tableOffset = fileOffset(address);
  if (tableOffset == u64.MAX_VALUE) return unmapped(where, address);
  const most = <u32>min(mappedSize / stride, MAX_ENTRIES);
  let rows = min(FEW, most);
  while (true) {
    const size = <u64>rows * stride;
    tableAt = source.upTo(tableOffset, size);
    const have = <u32>(source.available / stride);
    for (entryCount = 0; entryCount < have; entryCount++) {
      if (isLast(tableAt + <usize>entryCount * stride, stride)) return true;
    }
    if (source.unreadable || source.available < size) return missing(where, tableOffset, size);
    if (rows == most) break;
    rows = min(rows << 3, most);
  }
  const flaw = most == MAX_ENTRIES ? Flaw.TooLarge : Flaw.Unterminated;
  return malformed(where, flaw, tableOffset, <u64>(most + 1) * stride, <u64>most * stride);
}

function isLast(p: usize, stride: u32): bool {
  if (stride == DELAY_ENTRY) return load<u32>(p, DELAY_NAME) == 0;
  return load<u32>(p, IMPORT_NAME) == 0 || load<u32>(p, IMPORT_THUNKS) == 0;
}

function addImports(list: usize): bool {
  for (let i: u32 = 0; i < importCount; i++) {
    const at = i * IMPORT_ENTRY + IMPORT_NAME;
    if (!findName(Table.ImportTable, load<u32>(importsAt + at))) return false;
    if (isNtdll()) needsNtdll = true;
    names.add(list, NeedKind.Import, nameAt, nameLength, nameOffset, nameLength + 1, importsOffset + at);
  }
  return true;
}

function addDelays(list: usize, imageBase: u64): bool {
  for (let i: u32 = 0; i < delayCount; i++) {
    const p = delaysAt + i * DELAY_ENTRY;
    const isRelative = (load<u32>(p) & DELAY_RELATIVE) != 0;
    const address = isRelative ? load<u32>(p, DELAY_NAME) : load<u32>(p, DELAY_NAME) - <u32>imageBase;
    if (!findName(Table.DelayImportTable, address)) return false;
    const entry = delaysOffset + <u64>i * DELAY_ENTRY + DELAY_NAME;
    names.add(list, NeedKind.DelayImport, nameAt, nameLength, nameOffset, nameLength + 1, entry);
  }
  return true;
}

// "ntdll.dll" in any case
function isNtdll(): bool {
  return nameLength == 9 && (load<u64>(nameAt) | 0x2020202020202020) == 0x6c642e6c6c64746e &&
    (load<u8>(nameAt, 8) | 0x20) == 0x6c;
}
