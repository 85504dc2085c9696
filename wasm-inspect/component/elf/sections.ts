// Section headers. A loader does not need them; they tell two things that segments can't: that the file is
// whole (they usually lie at its end), and that a file of separate debug information keeps the headers of
// segments whose bytes were left out (type NOBITS). A reader that trusts such a segment invents libraries.
import { u32At, wide, wordAt } from '../reader/order';
import * as source from '../reader/source';
import { Flaw, Table } from '../report/layout';
import { malformed, missing } from '../report/problem';
import * as header from './header';

const SHT_NULL: u32 = 0;
const SHT_NOBITS: u32 = 8;
const SHF_ALLOC: u64 = 2;
/** Thread-local zeroes: NOBITS, but they share their addresses with the section that follows. */
const SHF_TLS: u64 = 0x400;

// The table as read, 0 when there is none.
let table: usize;

/** Checks that the last section header is there; reads the whole table where it is needed. */
export function readSections(whole: bool): bool {
  table = 0;
  const count = header.shnum, stride = header.shentsize;
  if (count == 0) return true;
  const least: u32 = wide ? 64 : 40;
  if (stride < least) return malformed(Table.SectionHeaders, Flaw.BadEntrySize, header.shoff, least, stride);
  const size = <u64>stride * count;
  if (header.shoff + size < size) return malformed(Table.SectionHeaders, Flaw.TooLarge, header.shoff, size, 0);
  if (!whole) {
    const last = header.shoff + size - stride;
    return source.need(last, stride) ? true : missing(Table.SectionHeaders, last, stride);
  }
  table = source.need(header.shoff, size);
  return table ? true : missing(Table.SectionHeaders, header.shoff, size);
}

/** True when sections say that the bytes at this address are not in the file. */
export function isLeftOut(address: u64): bool {
  if (!table) return false;
  let leftOut = false;
  for (let i: u32 = 0; i < header.shnum; i++) {
    const p = table + <usize>i * header.shentsize;
    const type = u32At(p + 4);
    const flags = wordAt(p + 8);
    if (type == SHT_NULL || (flags & SHF_ALLOC) == 0) continue;
    const first = wordAt(p + (wide ? 16 : 12)), size = wordAt(p + (wide ? 32 : 20));
    if (address < first || address - first >= size) continue;
    if (type != SHT_NOBITS) return false;
    if ((flags & SHF_TLS) == 0) leftOut = true;
  }
  return leftOut;
}

/** True when no section's bytes and neither header table lie in [from, from + size) of the file. */
export function isUnclaimed(from: u64, size: u64): bool {
  const end = from + size;
  const heads = <u64>header.phentsize * header.phnum;
  if (header.phoff < end && header.phoff + heads > from) return false;
  const rows = <u64>header.shentsize * header.shnum;
  if (header.shoff < end && header.shoff + rows > from) return false;
  if (!table) return true;
  for (let i: u32 = 0; i < header.shnum; i++) {
    const p = table + <usize>i * header.shentsize;
    const type = u32At(p + 4);
    if (type == SHT_NULL || type == SHT_NOBITS) continue;
    const offset = wordAt(p + (wide ? 24 : 16)), length = wordAt(p + (wide ? 32 : 20));
    if (offset < end && offset + length > from) return false;
  }
  return true;
}

/** Place of a section found by `nextSection`. */
export let sectionOffset: u64, sectionSize: u64, sectionType: u32;

/** Finds the next section from row `from` on that has one of the types, and answers the row after it; 0: none. */
export function nextSection(from: u32, typeA: u32, typeB: u32, typeC: u32): u32 {
  if (!table) return 0;
  for (let i = from; i < header.shnum; i++) {
    const p = table + <usize>i * header.shentsize;
    sectionType = u32At(p + 4);
    if (sectionType != typeA && sectionType != typeB && sectionType != typeC) continue;
    sectionOffset = wordAt(p + (wide ? 24 : 16));
    sectionSize = wordAt(p + (wide ? 32 : 20));
    return i + 1;
  }
  return 0;
}
