// Where the contents of a slice lie: how far they reach tells whether the file is whole, and where they begin tells
// how much room the load commands have.
import { u32At, u64At } from '../reader/order';
import { Flaw, Table } from '../report/layout';
import { malformed } from '../report/problem';

const LC_SEGMENT: u32 = 0x1;
const LC_SEGMENT_64: u32 = 0x19;

const SECTION_TYPE: u32 = 0xff;
const S_ZEROFILL: u32 = 0x1;
const S_GB_ZEROFILL: u32 = 0xc;
const S_THREAD_LOCAL_ZEROFILL: u32 = 0x12;

/** Offsets from the slice's begin: lowest (largest u64: none) and end of the last. */
export let first: u64, end: u64;

export function begin(): void {
  first = u64.MAX_VALUE;
  end = 0;
}

/** Adds a part. */
export function add(offset: u64, size: u64): void {
  if (size == 0) return;
  const last = offset + size;
  end = max(end, last < offset ? u64.MAX_VALUE : last);
  if (offset != 0) first = min(first, offset);
}

/** Adds the symbols and the names of an LC_SYMTAB command. */
export function addSymbols(p: usize): void {
  add(u32At(p + 8), <u64>u32At(p + 12) * 12);
  add(u32At(p + 16), u32At(p + 20));
}

export function isSegment(command: u32): bool {
  return command == LC_SEGMENT || command == LC_SEGMENT_64;
}

/** Adds a segment and its sections. */
export function addSegment(command: u32, p: usize, size: u32, place: u64): bool {
  const large = command == LC_SEGMENT_64;
  const fixed: u32 = large ? 72 : 56, stride: u32 = large ? 80 : 68;
  if (size < fixed) return malformed(Table.LoadCommands, Flaw.BadEntrySize, place, fixed, size);
  const count = u32At(p + (large ? 64 : 48));
  const want = <u64>count * stride + fixed;
  if (want > size) return malformed(Table.LoadCommands, Flaw.BadEntrySize, place, want, size);
  if (large) add(u64At(p + 40), u64At(p + 48));
  else add(u32At(p + 32), u32At(p + 36));
  for (let i: u32 = 0; i < count; i++) {
    const s = p + fixed + <usize>i * stride;
    const type = u32At(s + (large ? 64 : 56)) & SECTION_TYPE;
    if (type == S_ZEROFILL || type == S_GB_ZEROFILL || type == S_THREAD_LOCAL_ZEROFILL) continue;
    const length = large ? u64At(s + 40) : <u64>u32At(s + 36);
    const offset = u32At(s + (large ? 48 : 40));
    if (length != 0 && offset != 0) first = min(first, <u64>offset);
  }
  return true;
}
