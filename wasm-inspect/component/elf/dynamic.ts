// The dynamic table: needed libraries, the file's own name, run paths, and the flag that tells a program
// from a library.
import { wide, wordAt } from '../reader/order';
import * as source from '../reader/source';
import { Flaw, NeedKind, RPATH, RUNPATH, SONAME, Table, setText } from '../report/layout';
import * as names from '../report/names';
import { malformed, missing } from '../report/problem';
import { fileOffset, mappedSize } from './segments';
import * as strings from './strings';

const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_SONAME: u64 = 14;
const DT_RPATH: u64 = 15;
const DT_RUNPATH: u64 = 29;
const DT_FLAGS_1: u64 = 0x6ffffffb;
const DT_AUXILIARY: u64 = 0x7ffffffd;
const DT_FILTER: u64 = 0x7fffffff;
const DF_1_PIE: u64 = 0x08000000;

/** Longest dynamic table; ordinary ones have some thirty entries. */
const MAX_TABLE: u64 = 1 << 20;

/** True when the table says that the file is a program. */
export let isPie: bool;

/** The table as read, up to the entry that ends it. */
export let table: usize, tableOffset: u64, entryCount: u32, entrySize: u32;
/** Address and size of the string table; row of the entry that holds the size, or the largest u32. */
export let strtab: u64, strSize: u64, sizeRow: u32;
/** True when there is a symbol table. */
export let hasSymbols: bool;

// What the first pass found.
let neededCount: u32, nameCount: u32, low: u64, high: u64;

function isName(tag: u64): bool {
  return isLibrary(tag) || tag == DT_SONAME || tag == DT_RPATH || tag == DT_RUNPATH;
}

function isLibrary(tag: u64): bool {
  return tag == DT_NEEDED || tag == DT_FILTER || tag == DT_AUXILIARY;
}

/** Reads the table at `offset` into the slice. */
export function readDynamic(slice: usize, offset: u64, size: u64): bool {
  if (!survey(offset, size)) return false;
  if (nameCount == 0) return true;
  const start = fileOffset(strtab);
  if (start == u64.MAX_VALUE) return malformed(Table.StringTable, Flaw.NotMapped, strtab, high + 1, 0);
  if (strSize == 0) strSize = mappedSize;
  return strings.openStrings(start, strSize, low, high) && readNames(slice);
}

function survey(offset: u64, size: u64): bool {
  tableOffset = offset;
  entrySize = wide ? 16 : 8;
  entryCount = 0;
  neededCount = 0; nameCount = 0; low = u64.MAX_VALUE; high = 0; strtab = 0; strSize = 0;
  sizeRow = u32.MAX_VALUE;
  hasSymbols = false;
  isPie = false;
  const want = min(size, MAX_TABLE);
  table = source.upTo(offset, want);
  const most = <u32>(source.available / entrySize);
  for (; entryCount < most; entryCount++) {
    const p = table + <usize>entryCount * entrySize;
    const tag = wordAt(p);
    if (tag == DT_NULL) return true;
    note(tag, wordAt(p + (wide ? 8 : 4)));
  }
  if (source.unreadable || source.available < want) return missing(Table.DynamicTable, offset, want);
  return size <= MAX_TABLE || malformed(Table.DynamicTable, Flaw.TooLarge, offset, size, MAX_TABLE);
}

function note(tag: u64, value: u64): void {
  if (isName(tag)) {
    nameCount++;
    if (isLibrary(tag)) neededCount++;
    if (value < low) low = value;
    if (value > high) high = value;
  } else if (tag == DT_STRTAB) strtab = value;
  else if (tag == DT_STRSZ) {
    strSize = value;
    sizeRow = entryCount;
  } else if (tag == DT_SYMTAB) hasSymbols = true;
  else if (tag == DT_FLAGS_1) isPie = (value & DF_1_PIE) != 0;
}

function readNames(slice: usize): bool {
  const libraries = names.begin(neededCount);
  for (let i: u32 = 0; i < entryCount; i++) {
    const p = table + <usize>i * entrySize;
    const tag = wordAt(p);
    if (!isName(tag)) continue;
    if (!strings.findName(wordAt(p + (wide ? 8 : 4)))) return false;
    const at = strings.nameAt, length = strings.nameLength, offset = strings.nameOffset;
    const entry = tableOffset + <u64>i * entrySize;
    if (isLibrary(tag)) {
      const kind = tag == DT_NEEDED ? NeedKind.Needed : tag == DT_FILTER ? NeedKind.Filter : NeedKind.Auxiliary;
      names.add(libraries, kind, at, length, offset, length + 1, entry);
    } else {
      const place = tag == DT_SONAME ? SONAME : tag == DT_RPATH ? RPATH : RUNPATH;
      setText(slice + place, at, length, offset, length + 1, entry);
    }
  }
  names.storeNeeded(libraries, slice);
  return true;
}
