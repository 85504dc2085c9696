// Section headers. A loader does not need them; they tell two things that segments can't: that the file is
// whole (they usually lie at its end), and that a file of separate debug information keeps the headers of
// segments whose bytes were left out (type NOBITS). A reader that trusts such a segment invents libraries. And a
// module of the Linux kernel is an object file like any other but for its section names.
import { u32At, wide, wordAt } from '../reader/order';
import * as source from '../reader/source';
import { Flaw, Table } from '../report/layout';
import { malformed, missing } from '../report/problem';
import * as header from './header';

const SHT_NULL: u32 = 0;
const SHT_NOBITS: u32 = 8;
const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;
/** Thread-local zeroes: NOBITS, but they share their addresses with the section that follows. */
const SHF_TLS: u64 = 0x400;

/** A table up to this size is read even where only its end matters: it says more about what the file is for. */
const READ_ANYWAY: u64 = 1 << 20;
/** So much of the section names is looked through; those of a kernel module lie close together. */
const NAMES_READ: u64 = 64 << 10;

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
  if (!whole && size > READ_ANYWAY) {
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

/** True when there are sections of instructions, and none has its bytes: what debuggers need of another file. */
export function holdsNoInstructions(): bool {
  if (!table) return false;
  let seen = false;
  for (let i: u32 = 0; i < header.shnum; i++) {
    const p = table + <usize>i * header.shentsize;
    const flags = wordAt(p + 8), size = wordAt(p + (wide ? 32 : 20));
    if (size == 0 || (flags & (SHF_ALLOC | SHF_EXECINSTR)) != (SHF_ALLOC | SHF_EXECINSTR)) continue;
    if (u32At(p + 4) != SHT_NOBITS) return false;
    seen = true;
  }
  return seen;
}

/** True when an object file has the section in which the kernel keeps what it knows of a module. */
export function isKernelModule(): bool {
  if (!table || header.shstrndx >= header.shnum) return false;
  const row = table + <usize>header.shstrndx * header.shentsize;
  const size = min(wordAt(row + (wide ? 32 : 20)), NAMES_READ);
  const names = source.upTo(wordAt(row + (wide ? 24 : 16)), size);
  const length = <usize>source.available;
  for (let i: u32 = 0; i < header.shnum; i++) {
    const name = <usize>u32At(table + <usize>i * header.shentsize);
    if (name + 26 <= length && isModuleName(names + name)) return true;
  }
  return false;
}

// ".gnu.linkonce.this_module" and its NUL
function isModuleName(p: usize): bool {
  return load<u64>(p) == 0x6e696c2e756e672e && load<u64>(p, 8) == 0x68742e65636e6f6b &&
    load<u64>(p, 16) == 0x6c75646f6d5f7369 && load<u16>(p, 24) == 0x65;
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
