// How a file's run paths can be changed in place. Two things need care: linkers store a name that another one
// ends with only once, so that a symbol called `lib` may live in the end of `/some/where/lib`; and a new text needs
// bytes that are mapped, used by nobody, and within reach of the string table.
import { u32At, wide, wordAt } from '../reader/order';
import * as source from '../reader/source';
import {
  RPATH, RUNPATH, hasText, setCapacities, setRoom, setRoomEntries, setRoomSegment, setSpareEntry, textLength,
  textOffset,
} from '../report/layout';
import * as dynamic from './dynamic';
import * as header from './header';
import * as sections from './sections';
import * as segments from './segments';

const SHT_DYNSYM: u32 = 11;
const SHT_GNU_VERDEF: u32 = 0x6ffffffd;
const SHT_GNU_VERNEED: u32 = 0x6ffffffe;

/** Bytes of symbols and versions that are looked through; a library of a million symbols has 24 MB. */
const MAX_NAME_BYTES: u64 = 64 << 20;
const CHUNK: u64 = 1 << 20;

const EM_X86_64: u32 = 62;
const EM_386: u32 = 3;

let stringsOffset: u64;

/** Fills zeroed run-path-facts of a slice that `readElf` has just read, and that has a dynamic table. */
export function examineRunPaths(slice: usize, length: u32, facts: usize): void {
  stringsOffset = segments.fileOffset(dynamic.strtab);
  if (stringsOffset == u64.MAX_VALUE) return;
  setCapacities(facts, capacityOf(slice + RPATH), capacityOf(slice + RUNPATH));
  findRoom(<u64>length + 1, facts);
}

function capacityOf(option: usize): u32 {
  if (!hasText(option)) return 0;
  const from = textOffset(option), size = textLength(option) + 1;
  // Inside of another name.
  const before = source.need(from - 1, 1);
  if (!before || load<u8>(before) != 0) return 0;
  const first = from - stringsOffset;
  return <u32>(firstUse(first, first + size) - first);
}

// The lowest offset in (first, end) of the string table at which another name begins; `end` when there is none.
function firstUse(first: u64, end: u64): u64 {
  let lowest = end;
  for (let i: u32 = 0; i < dynamic.entryCount; i++) {
    const p = dynamic.table + <usize>i * dynamic.entrySize;
    if (!mayBeName(wordAt(p))) continue;
    const value = wordAt(p + (wide ? 8 : 4));
    if (value > first && value < lowest) lowest = value;
  }
  let row: u32 = 0, budget: u64 = MAX_NAME_BYTES, sawSymbols = false;
  while (true) {
    row = sections.nextSection(row, SHT_DYNSYM, SHT_GNU_VERDEF, SHT_GNU_VERNEED);
    if (row == 0) break;
    const isSymbols = sections.sectionType == SHT_DYNSYM;
    if (isSymbols) sawSymbols = true;
    if (sections.sectionSize > budget) return first;
    budget -= sections.sectionSize;
    // Versions are chains of records; taking each of their words for a name errs on the safe side.
    lowest = lowestWord(first, lowest, isSymbols ? (wide ? 24 : 16) : 4);
    if (lowest == first) return first;
  }
  return dynamic.hasSymbols && !sawSymbols ? first : lowest;
}

// Tags whose value is a name: NEEDED, SONAME, RPATH, RUNPATH, and the rare ones of other systems.
function mayBeName(tag: u64): bool {
  return tag == 1 || tag == 14 || tag == 15 || tag == 29 || (tag >= 0x6ffffefa && tag <= 0x6ffffefc) || tag >= 0x7ffffffd;
}

// Looks at the first word of each record of the section. `first`: it could not be read.
function lowestWord(first: u64, lowest: u64, stride: u32): u64 {
  const end = sections.sectionOffset + sections.sectionSize;
  if (end < sections.sectionSize) return first;
  const step = CHUNK / stride * stride;
  for (let at = sections.sectionOffset; at < end; at += step) {
    const size = min(step, end - at);
    const p = source.need(at, size);
    if (!p) return first;
    for (let i: u64 = 0; i + 4 <= size; i += stride) {
      const name = <u64>u32At(p + <usize>i);
      if (name > first && name < lowest) lowest = name;
    }
  }
  return lowest;
}

function findRoom(size: u64, facts: usize): void {
  if (dynamic.sizeRow == u32.MAX_VALUE) return;
  // x86 has small pages only; for other machines the largest is assumed.
  const isLarge = header.machine != EM_X86_64 && header.machine != EM_386;
  if (!segments.roomBehind(dynamic.strtab, size, isLarge)) return;
  const offset = segments.roomOffset;
  if (!sections.isUnclaimed(offset, size) || !isZero(offset, size)) return;
  setRoom(facts, offset, offset - stringsOffset);
  setRoomSegment(facts, segments.roomHeader, segments.roomSegmentSize + size);
  setRoomEntries(facts, dynamic.tableOffset + <u64>dynamic.sizeRow * dynamic.entrySize);
  const spare = dynamic.tableOffset + <u64>dynamic.entryCount * dynamic.entrySize;
  const last = <u64>dynamic.entryCount + 2;
  if (last * dynamic.entrySize <= segments.dynSize && isZero(spare, dynamic.entrySize * 2)) setSpareEntry(facts, spare);
}

function isZero(offset: u64, size: u64): bool {
  const p = source.need(offset, size);
  if (!p) return false;
  for (let i: usize = 0; i < <usize>size; i++) if (load<u8>(p + i) != 0) return false;
  return true;
}
